"""Builder `docker`: the folder that a daemon builds; `ScoringImage` hands it to the docker plugin."""

from modelport.errors import InputError
from modelport.image.context import is_context, write_context
from modelport.provider.context_maker import ContextMaker, context_folder
from modelport.provider.image_planning import composed, destination
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call
from modelport.provider.values import Properties
from modelport.store.reference import LAYOUT


class DockerMaker(ContextMaker):
    """A folder as for builder `context`, that is there when the docker plugin looks: its Check reads the files."""

    def keys(self, call: Call, news: Inputs) -> Properties:
        """Plan anew, and write the folder: it is a cache, and the plugin refuses a preview without a Dockerfile."""
        store = destination(news).store
        if store.scheme == LAYOUT:
            reason = f"'{store}' is a folder, and a daemon pushes only to registries: give one, or take builder oci"
            raise InputError(property_path="store", reason=reason)
        keys = super().keys(call, news)
        image, folder = composed(call, news), context_folder(call, news)
        if not is_context(image, folder):
            write_context(image, folder, call.progress)
        return keys
