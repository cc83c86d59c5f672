"""Builder `prebuilt`: an image that is there already, taken by digest."""

from modelport.provider.image_copy import check_copy, copy_image, copy_outputs, is_copied
from modelport.provider.image_request import image_platform
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call
from modelport.provider.values import Properties


class PrebuiltMaker:
    """A copy in the store; nothing of it is made here."""

    def keys(self, call: Call, news: Inputs) -> Properties:
        """Find the image."""
        return {"contentKey": check_copy(call, news, image_platform(news))}

    def outputs(self, call: Call, news: Inputs) -> Properties:
        """Give the image's own digest."""
        return copy_outputs(call, news, image_platform(news))

    def is_missing(self, call: Call, news: Inputs) -> bool:
        """Say whether the store lacks it."""
        return not is_copied(call, news, image_platform(news))

    def write(self, call: Call, news: Inputs) -> None:
        """Copy what is missing."""
        copy_image(call, news, image_platform(news))
