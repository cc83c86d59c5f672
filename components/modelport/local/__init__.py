"""Services on this machine."""
