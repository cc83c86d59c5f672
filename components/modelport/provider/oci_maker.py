"""Builder `oci`: layers and a manifest in the store, without a daemon."""

from modelport.image.image_sizes import size_line
from modelport.provider.daemon_images import ImageIds, remember_image
from modelport.provider.image_planning import (
    destination,
    forget_plan,
    keyed,
    keys_of,
    plan_anew,
    planned,
    planned_outputs,
    stored_or_composed,
    write_planned,
)
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call
from modelport.provider.values import Properties
from modelport.store.reference import ImageReference


class OciMaker:
    """An image that the store has under its content key, or that is put there."""

    def keys(self, call: Call, news: Inputs) -> Properties:
        """Plan anew, say how large the image will be, and refuse one above its limit."""
        keys = keys_of(call, plan_anew(call, news))
        image = stored_or_composed(call, keyed(news, keys))
        destination(news).check_size(news.text("name"), image.sizes)
        if image.stored is None:
            call.log("info", size_line(news.text("name"), image.sizes))
        return keys

    def outputs(self, call: Call, news: Inputs) -> Properties:
        """Give digest and size: the stored image's, else those that it will have."""
        goal, image = destination(news), stored_or_composed(call, news)
        key = planned(call, news).content_key
        reference = str(ImageReference(goal.store, goal.repository, key, image.digest))
        remember_image(call, reference, ImageIds(image.digest, image.config_digest))
        return {
            **planned_outputs(call, news),
            "reference": reference,
            "digest": image.digest,
            "imageId": image.config_digest,
            "size": image.size,
            "pullReference": goal.pull_reference(image.digest),
        }

    def is_missing(self, call: Call, news: Inputs) -> bool:
        """Say whether the store or the lock lacks something."""
        return planned(call, news).adds_to_lock or stored_or_composed(call, news).stored is None

    def write(self, call: Call, news: Inputs) -> None:
        """Write lock and image."""
        stored = write_planned(call, news)
        call.progress(size_line(news.text("name"), stored.sizes))
        forget_plan(call)
