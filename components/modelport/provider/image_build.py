"""`ImageBuild`: an image by its content key, as the engine sees it; how it is made is its builder's."""

from typing import Final

from modelport.errors import ModelportError
from modelport.image.builders import CONTEXT, DOCKER, FILES, OCI, PREBUILT
from modelport.provider.context_maker import ContextMaker
from modelport.provider.docker_maker import DockerMaker
from modelport.provider.files_maker import FilesMaker
from modelport.provider.image_maker import ImageMaker
from modelport.provider.image_request import INPUTS, builder_of, check_builder
from modelport.provider.inputs import Inputs
from modelport.provider.oci_maker import OciMaker
from modelport.provider.prebuilt_maker import PrebuiltMaker
from modelport.provider.resource import Call, Difference
from modelport.provider.values import UNKNOWN, Properties

_KEYS: Final = ("contentKey", "environmentKey")
_OF_THE_PLAN: Final = (
    "reference",
    "cpu",
    "memoryGb",
    "gpu",
    "digest",
    "imageId",
    "size",
    "pullReference",
    "path",
    "modelIds",
)
_COMPARED: Final = ("builder", "digest", "pullReference", "path", "tag")
_MAKERS: Final[dict[str, ImageMaker]] = {
    FILES: FilesMaker(),
    OCI: OciMaker(),
    CONTEXT: ContextMaker(),
    DOCKER: DockerMaker(),
    PREBUILT: PrebuiltMaker(),
}


class ImageBuild:
    """Inputs: those of `ScoringImage` in camelCase, and the keys that Check computes. Outputs: also the reference."""

    token = "modelport:index:ImageBuild"  # noqa: S105 - a type token

    def check(self, call: Call, olds: Inputs, news: Inputs) -> Properties:  # noqa: ARG002
        """Compute the keys, and report all that is wrong with the inputs and the files that they name."""
        check_builder(news)
        given: Properties = {name: news.values[name] for name in INPUTS if name in news.values}
        if news.unknown(*INPUTS):
            return {**given, **dict.fromkeys(_KEYS, UNKNOWN)}
        return {**given, **_maker(news).keys(call, news)}

    def diff(self, call: Call, olds: Inputs, outputs: Inputs, news: Inputs) -> Difference:
        """Compare keys and digest; an image that is gone, and a lock that lacks it, are changes too."""
        replaces = tuple(name for name in ("store", "name") if olds.values.get(name) != news.values.get(name))
        changed = [name for name in _KEYS if olds.values.get(name) != news.values.get(name)]
        if not changed and not replaces:
            wanted = _maker(news).outputs(call, news)
            changed = [name for name in _COMPARED if wanted.get(name) != outputs.values.get(name)]
        if not changed and not replaces and _maker(news).is_missing(call, news):
            changed = ["reference"]
        return Difference((*changed, *replaces), replaces)

    def plan(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:  # noqa: ARG002
        """All is known when the inputs are."""
        if news.unknown("contentKey"):
            return {**news.values, **dict.fromkeys(_OF_THE_PLAN, UNKNOWN)}
        return _maker(news).outputs(call, news)

    def create(self, call: Call, news: Inputs) -> tuple[str, Properties]:
        """Make the image."""
        return news.text("name"), self.update(call, news, news)

    def update(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:  # noqa: ARG002 - the plan says all
        """Make what the new key names; the old stays for the service that runs it."""
        maker = _maker(news)
        before = maker.outputs(call, news)
        if before.get("contentKey") != news.text("contentKey"):
            msg = f"image {news.text('name')!r}: its files changed since the update began; run the command again"
            raise ModelportError(msg)
        maker.write(call, news)
        return maker.outputs(call, news)

    def read(self, call: Call, inputs: Inputs, outputs: Inputs) -> Properties | None:  # noqa: ARG002
        """Repeat the state: what is missing shows as a change of the next update, not as a loss."""
        return {**outputs.values}

    def delete(self, call: Call, outputs: Inputs) -> None:
        """Other stacks may run the same image: `modelport prune` removes what nothing runs."""


def _maker(news: Inputs) -> ImageMaker:
    return _MAKERS[builder_of(news)]
