"""How `modelport image` tells the provider, through a preview, to write an image: only the program knows the images."""

from typing import Final

IMAGE: Final = "MODELPORT_IMAGE"
"""Environment name: the image's; unset in ordinary runs."""
IMAGE_FORM: Final = "MODELPORT_IMAGE_FORM"
"""Environment name: one of the forms below."""
IMAGE_TARGET: Final = "MODELPORT_IMAGE_TARGET"
"""Environment name: absolute path to write to; nothing is there yet, or an empty folder."""
IMAGE_DIGEST: Final = "MODELPORT_IMAGE_DIGEST"
"""Environment name: path of a file that takes the digest of what was written."""

LAYOUT: Final = "layout"
ARCHIVE: Final = "archive"
CONTEXT: Final = "context"
