"""How `modelport lock` tells the provider, through a preview, to write the lock: the program alone knows the images."""

from typing import Final

LOCK_MODE: Final = "MODELPORT_LOCK"
"""Environment name; unset in ordinary runs, which only read the lock."""
LOCK_REFRESH: Final = "refresh"
"""Keep locked versions where they still fit."""
LOCK_UPGRADE: Final = "upgrade"
"""Take the newest versions."""
LOCK_PLATFORMS: Final = "MODELPORT_LOCK_PLATFORMS"
"""Environment name: platforms to lock for beside those that are locked, separated by commas."""
