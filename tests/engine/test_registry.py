"""Models of a stack in a registry that asks who one is."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.engine.dev_stack import DevStack
from tests.services.fixtures import StartRegistry

pytestmark = [pytest.mark.engine, pytest.mark.slow]

PASSWORD = "hunter2-of-the-registry"
SETTINGS = """config:
  modelport:registry: {{existing: {{store: "{store}"}}}}
  modelport:registries: {{"{host}": {{username: ann, password: {password}}}}}
"""


def _encrypted(stack: DevStack, engine: Path, folder: Path, host: str) -> None:
    (folder / "states").mkdir()
    backend = {"PULUMI_BACKEND_URL": (folder / "states").as_uri(), "PULUMI_HOME": str(folder / "pulumi")}
    path = ["--path", f'modelport:registries["{host}"].password']
    for arguments in (["stack", "init", "dev"], ["config", "set", "--stack", "dev", "--secret", *path, PASSWORD]):
        environment = {**stack.environment, **backend}
        subprocess.run([str(engine), *arguments], cwd=stack.root, env=environment, check=True, capture_output=True)


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_configured_login_reaches_the_registry_and_nothing_else(
    tmp_path: Path,
    service_environment: dict[str, str],
    engine_path: Path,
    start_registry: StartRegistry,
    *,
    encrypted: bool,
) -> None:
    """
    Models are pushed, served and forgotten; neither state nor output has the password, however it was written.
    """
    registry = start_registry(users={"ann": PASSWORD})
    stack = DevStack(tmp_path / "project", {**service_environment, "PULUMI_CONFIG_PASSPHRASE": "of this test"})
    written = "to-be-encrypted" if encrypted else PASSWORD
    stack.edit(
        "Pulumi.dev.yaml", "config:\n", SETTINGS.format(store=registry.store, host=registry.host, password=written)
    )
    if encrypted:
        _encrypted(stack, engine_path, tmp_path, registry.host)
    try:
        output = stack.up()
        models = {endpoint["models"][0] for endpoint in stack.endpoints().values()}
        status = stack.ask("digits").status
        output += stack.run("preview", "--", "--diff").stdout + stack.down()
    finally:
        stack.kill_services()
    # The engine's own history repeats the stack file, in clear where that is in clear.
    state = "".join(path.read_text() for path in (stack.root / ".modelport/state/.pulumi/stacks").rglob("*.json*"))

    assert ({"diabetes:1", "digits:1"}, 200) == (models, status)
    assert {"team"} == {path.name for path in (registry.storage / "repositories").iterdir()}
    assert "registries" in state
    assert [] == [place for place, text in {"state": state, "output": output}.items() if PASSWORD in text]
    assert PASSWORD not in json.dumps(stack.resources())
