"""muso listens and plays."""
