"""The console script `modelport`."""
