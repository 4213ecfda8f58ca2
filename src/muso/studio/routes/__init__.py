"""The studio's HTTP API, a file a page: each route parses, calls once, and renders."""
