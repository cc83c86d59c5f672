"""Scoring images: content key, lock, environment, files."""
