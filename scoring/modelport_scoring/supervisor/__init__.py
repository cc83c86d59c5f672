"""Owns the listening sockets of a service and runs generations of its workers. Standard library only."""
