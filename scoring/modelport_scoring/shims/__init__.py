"""What entry scripts import from packages that they do not bring along."""
