"""Builder `context`: a folder for `docker build`."""

from pathlib import Path

from modelport.image.build_plan import write_lock_addition
from modelport.image.context import is_context, write_context
from modelport.provider.image_planning import (
    composed,
    destination,
    forget_plan,
    keyed,
    keys_of,
    plan_anew,
    planned,
    planned_outputs,
)
from modelport.provider.inputs import Inputs
from modelport.provider.resource import Call
from modelport.provider.values import Properties
from modelport.store.reference import ImageReference


class ContextMaker:
    """A folder of the project; whoever builds it gives the image its digest."""

    def keys(self, call: Call, news: Inputs) -> Properties:
        """Plan anew, and refuse an image above its limit."""
        keys = keys_of(call, plan_anew(call, news))
        destination(news).check_size(news.text("name"), composed(call, keyed(news, keys)).sizes)
        return keys

    def outputs(self, call: Call, news: Inputs) -> Properties:
        """Give the folder."""
        goal = destination(news)
        reference = ImageReference(goal.store, goal.repository, planned(call, news).content_key)
        return {
            **planned_outputs(call, news),
            "reference": str(reference),
            "size": sum(composed(call, news).sizes.values()),
            "path": context_folder(call, news).relative_to(call.session.project_root).as_posix(),
        }

    def is_missing(self, call: Call, news: Inputs) -> bool:
        """Say whether the folder is gone or another, or the lock lacks something."""
        return planned(call, news).adds_to_lock or not is_context(composed(call, news), context_folder(call, news))

    def write(self, call: Call, news: Inputs) -> None:
        """Write lock and folder."""
        write_lock_addition(planned(call, news), call.session.workspace)
        write_context(composed(call, news), context_folder(call, news), call.progress)
        forget_plan(call)


def context_folder(call: Call, news: Inputs) -> Path:
    """Give the folder of the project that the context is written to."""
    return call.session.workspace.contexts / destination(news).repository
