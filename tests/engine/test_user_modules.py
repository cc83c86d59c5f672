"""A user's own modules beside the script, whatever they are called."""

import json

import pytest

from tests.engine.dev_stack import DevStack

pytestmark = [pytest.mark.engine, pytest.mark.slow]

MODULES = {
    "scoring.py": "NAME = 'scoring of the user'\n",
    "settings.py": "NAME = 'settings of the user'\n",
    "components.py": "import settings\n\nNAME = f'components of the user with {settings.NAME}'\n",
}
SCRIPT = """
import json

import components
import scoring
import settings


def init():
    pass


def run(data):
    return [scoring.NAME, settings.NAME, components.NAME]
"""


def test_modules_beside_the_script_are_the_users(dev_stack: DevStack) -> None:
    """
    `scoring`, `settings` and `components` are what lies beside `score.py`, not ours; a change of one is deployed.
    """
    folder = dev_stack.root / "examples/diabetes"
    for name, text in MODULES.items():
        (folder / name).write_text(text)
    (folder / "score.py").write_text(SCRIPT)
    dev_stack.up()
    first = dev_stack.ask("diabetes")
    (folder / "settings.py").write_text("NAME = 'settings, changed'\n")
    dev_stack.up()
    second = dev_stack.ask("diabetes")

    assert (200, 200) == (first.status, second.status)
    assert [
        "scoring of the user",
        "settings of the user",
        "components of the user with settings of the user",
    ] == json.loads(first.body)
    assert ["settings, changed", "components of the user with settings, changed"] == json.loads(second.body)[1:]
