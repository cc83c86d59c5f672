"""For all tests."""

from hypothesis import settings

# Machines are shared and noisy: how long one example takes says nothing about the rule that it tests.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
