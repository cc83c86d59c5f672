"""Old versions give their disk back, the running one keeps what it needs."""

import pytest
from modelport.local.prune import remove, unused
from modelport.workspace import Workspace

from tests.provider_stack import SCRIPT, ProviderStack

pytestmark = pytest.mark.slow


def test_only_what_no_service_uses_is_removed(stack: ProviderStack) -> None:
    """
    After two changes the two old builds and one old model go; nothing of the running version does.
    """
    stack.up()
    stack.write(script=SCRIPT.replace("script 1", "script 2"))
    stack.up()
    stack.write(script=SCRIPT.replace("script 1", "script 2"), model="model 2")
    stack.up()
    workspace = Workspace(stack.project)
    found = unused(workspace)
    freed = remove(found)
    stack.up()

    assert ["builds", "builds", "models"] == sorted(path.relative_to(workspace.folder).parts[0] for path in found)
    assert freed > 0
    assert [] == stack.changed
    assert [] == unused(workspace)


def test_after_down_everything_that_can_be_made_again_may_go(stack: ProviderStack) -> None:
    """
    The store is kept: it alone cannot be made again.
    """
    stack.up()
    stack.down()
    remove(unused(Workspace(stack.project)))

    assert (stack.project / ".modelport/store/index.json").exists()
    assert [] == [path for path in (stack.project / ".modelport/builds").iterdir() if path.is_dir()]


def test_layers_of_bases_may_go(stack: ProviderStack) -> None:
    """
    They are fetched again when a base is read or copied.
    """
    kept = Workspace(stack.project).bases
    kept.mkdir(parents=True)

    assert kept in unused(Workspace(stack.project))
