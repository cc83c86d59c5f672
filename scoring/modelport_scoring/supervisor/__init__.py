"""Owns the listening sockets and runs generations of workers; standard library only."""
