"""A service behind the provider, for tests that need one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from modelport.local import machine

from tests.provider_process import ProviderProcess
from tests.provider_stack import ProviderStack

Ask = Callable[[ProviderStack, str], str]


@pytest.fixture(name="stack")
def new_stack(tmp_path: Path) -> Iterator[ProviderStack]:
    """Make a project with one service, not yet up."""
    (tmp_path / "Pulumi.yaml").write_text("name: project\nruntime: python\n")
    with ProviderProcess(tmp_path) as provider:
        stack = ProviderStack(tmp_path, provider)
        stack.write()
        yield stack
        for folder in tmp_path.glob(".modelport/run/*/*"):
            pid = stack.status()["pid"] if (folder / "status.json").exists() else None
            if isinstance(pid, int):
                machine.stop(pid, str(folder / "spec.json"), timeout_s=5)


@pytest.fixture(name="ask")
def asking() -> Ask:
    """Send one request on a new connection; give the body of the answer, or the status of a refusal."""

    def ask(stack: ProviderStack, key: str) -> str:
        answer = requests.post(stack.url, b"{}", headers={"Authorization": f"Bearer {key}"}, timeout=20)
        return answer.text if answer.ok else str(answer.status_code)

    return ask
