"""What README and docs tell the user to type, typed."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.dev_stack import DevStack, free_port

pytestmark = [pytest.mark.engine, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
RUNNABLE = re.compile(r"<!-- runnable: (?P<when>[^>]+) -->\n```bash\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
PASSPHRASE = "a long sentence"
BLOCKS = {match["when"]: match["code"] for match in RUNNABLE.finditer((ROOT / "README.md").read_text())}


class Checkout:
    """The files of the repository in a folder of their own, and a new user's environment."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root = root
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in listed.stdout.splitlines():
            if (ROOT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, root / name)
        file = root / "Pulumi.dev.yaml"
        file.write_text(file.read_text().replace("port: 8890", f"port: {free_port()}"))
        own = ("PULUMI_", "MODELPORT_", "VIRTUAL_ENV", "MAKE", "MFLAGS", "CI")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
        cache = kept.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")  # the engine and wheels that are there
        self.environment = {**kept, "HOME": str(home), "XDG_CACHE_HOME": cache, "NO_COLOR": "1"}

    def type(self, code: str) -> str:
        """Run *code* as a careful shell would; fails the test when a line fails."""
        command = ["bash", "-euo", "pipefail", "-c", code]
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            raise AssertionError(done.stdout[-4000:])
        return done.stdout

    def kill_when(self, code: str, line: str) -> None:
        """Run *code*, which ends in `exec`, and kill what it became as soon as it prints *line*."""
        process = subprocess.Popen(
            ["bash", "-euc", code],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with process:
            for printed in process.stdout or ():
                if line in printed:
                    break
            process.kill()
            if process.stdout:
                process.stdout.close()  # processes that the engine left hold the other end


@pytest.fixture
def checkout(tmp_path: Path, engine_path: Path) -> Iterator[Checkout]:
    """Make a checkout; whatever it started is taken down in the end."""
    (tmp_path / "home").mkdir()
    made = Checkout(tmp_path / "modelport", tmp_path / "home")
    yield made
    ends = [made.environment]
    if (state := tmp_path / "home" / "pulumi-state").is_dir():
        ends.append({**made.environment, "PULUMI_BACKEND_URL": state.as_uri(), "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE})
    for environment in ends:
        subprocess.run(["make", "down"], cwd=made.root, env=environment, capture_output=True, check=False)


def test_the_lines_of_a_day_work(checkout: Checkout) -> None:
    """
    Every line of the README's "Day by day" works after `make up`, and nothing but the home's caches is written.
    """
    up = checkout.type("make up")
    said = checkout.type(BLOCKS["after `make up`"])

    assert 2 == up.count("  curl -sS")
    assert "18 deleted" in said
    assert "diabetes:1" in said
    assert [] == list((checkout.root.parent / "home").iterdir())


def test_plain_pulumi_works(checkout: Checkout) -> None:
    """
    Every line of the README's "Plain `pulumi up`" works in a shell of its own.
    """
    said = checkout.type(BLOCKS["with a backend of one's own"])

    assert "18 created" in said
    assert "18 deleted" in said
    assert re.search(r"^\[[0-9.]+, [0-9.]+\]$", said, re.MULTILINE)


def test_two_commands_mend_a_killed_pulumi(checkout: Checkout) -> None:
    """
    After `kill -9` in the middle of a create, the page's two commands and a plain `up` leave nothing to warn of.
    """
    own_backend, _, _ = BLOCKS["with a backend of one's own"].partition("pulumi up ")
    page = (ROOT / "docs" / "after-a-kill.md").read_text()
    [mend] = [code for code in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) if "pulumi cancel" in code]
    script = checkout.root / "examples/diabetes/score.py"
    script.write_text(script.read_text().replace("import json\n", "import json\nimport time\n\ntime.sleep(5)\n"))
    checkout.kill_when(f"{own_backend}exec pulumi up --stack dev --yes", "starting diabetes")
    again = own_backend.replace("pulumi stack init dev", "pulumi stack select dev")

    assert "currently locked" in checkout.type(f"{again}pulumi up --stack dev --yes || true")
    said = checkout.type(f"{again}{mend}pulumi up --stack dev --yes\npulumi up --stack dev --yes")
    assert "pending operations" not in said.rpartition("Previewing update")[2]
    assert "18 unchanged" in said.rpartition("Previewing update")[2]


def test_the_curl_lines_work_as_printed(checkout: Checkout) -> None:
    """
    The lines that `make up` prints answer, typed in the folder where it was run.
    """
    lines = re.findall(r"^  (curl .*)$", checkout.type("make up"), re.MULTILINE)

    answers = [checkout.type(f"{line} --fail") for line in lines]
    assert 2 == len(answers)
    assert all(answer.startswith(("[", "{")) for answer in answers)


def test_the_program_of_the_components_page_runs(dev_stack: DevStack) -> None:
    """
    The example program makes a service that answers, and asks for a key.
    """
    page = (ROOT / "docs" / "components.md").read_text()
    [program] = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (dev_stack.root / "__main__.py").write_text(program)
    dev_stack.up()

    assert 401 == dev_stack.ask("diabetes", "k" * 32).status
