"""What the README states in seconds, measured; ``python -m benchmarks`` prints it and writes it into docs."""
