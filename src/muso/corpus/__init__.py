"""Collections of pieces: where they come from, what they hold, what belongs together."""
