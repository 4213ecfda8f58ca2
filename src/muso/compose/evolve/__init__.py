"""Phrases bred by the listener's ear, and by one that learns to stand in for it."""
