"""Models that need no entry script: found by their files, served as they are."""
