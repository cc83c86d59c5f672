"""What each builder of images answers to the resource `ImageBuild`."""

from typing import Protocol

from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call
from modelport.provider.values import Properties


class ImageMaker(Protocol):
    """One builder. Every method may raise `ModelportError`; nothing but `write` writes to the store."""

    def keys(self, call: Call, news: Inputs) -> Properties:
        """Plan the image anew and name it: `contentKey`, and `environmentKey` where it has an environment of ours."""
        ...

    def outputs(self, call: Call, news: Inputs) -> Properties:
        """Give the outputs, inputs included; all of them are known before anything is built."""
        ...

    def is_missing(self, call: Call, news: Inputs) -> bool:
        """Say whether there is something to write although nothing has changed."""
        ...

    def write(self, call: Call, news: Inputs) -> None:
        """Write what is missing; what is there already is left as it is."""
        ...
