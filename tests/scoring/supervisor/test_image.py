"""The supervisor as a container's first process: everything from the environment, no file written."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from modelport_scoring.supervisor.image import image_spec
from modelport_scoring.supervisor.spec import SpecError

from tests.scoring.conftest import free_port, until

SCRIPT = (
    "import os\nfrom pathlib import Path\n\n\ndef init():\n    pass\n\n\ndef run(data):\n"
    "    return [{answer!r}, sorted(os.listdir(os.environ['AZUREML_MODEL_DIR'])), os.environ['HOME'], os.getcwd()]\n"
)


class Container:
    """A folder that is laid out as an image, and its entrypoint as an ordinary process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.app = folder / "var/azureml-app"
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None
        model = self.app / "models/tested"
        model.mkdir(parents=True)
        (model / "weights.bin").write_bytes(b"1")
        version = self.app / "azureml-models/tested/1"
        version.parent.mkdir(parents=True)
        version.symlink_to("../../models/tested")
        self.write_script("one")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": "/",
            "PYTHONDONTWRITEBYTECODE": "1",  # as the image's configuration has it
            "AML_APP_ROOT": str(self.app),
            "AZUREML_ENTRY_SCRIPT": "score.py",
            "AZUREML_MODEL_DIR": str(version),
            "SERVICE_NAME": "tested",
            "WORKER_COUNT": "2",
            "MODELPORT_LISTEN_PORT": str(self.port),
            "MODELPORT_IDLE_GRACE_S": "0",
        }

    def write_script(self, answer: str) -> None:
        """Have `run` answer *answer* in newly started workers."""
        (self.app / "score.py").write_text(SCRIPT.format(answer=answer))

    def start(self, *prefix: str) -> "Container":
        """Run the entrypoint, below the command *prefix*."""
        command = [*prefix, sys.executable, "-P", "-u", "-m", "modelport_scoring.supervisor", "--image"]
        self.process = subprocess.Popen(
            command,
            env=self.environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self

    def score(self, key: str = "") -> Any:  # noqa: ANN401  whatever the script answers
        """POST an empty object."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/score", b"{}")
        request.add_header("Authorization", f"Bearer {key}")
        with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310  the URL is ours
            return json.loads(response.read())

    def answers(self, key: str = "") -> Any:  # noqa: ANN401  as above
        """Give the answer once there is one."""

        def asked() -> Any:  # noqa: ANN401  as above
            try:
                return self.score(key)
            except urllib.error.HTTPError:
                raise
            except OSError:
                return None

        return until(asked, "the container answers", within_s=40)

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal; give the exit code and all output."""
        assert self.process is not None
        self.process.send_signal(number)
        output, _ = self.process.communicate(timeout=30)
        return self.process.returncode, output

    def health(self) -> int:
        """Give the exit code of the container's health check."""
        command = [sys.executable, "-P", "-m", "modelport_scoring.health"]
        return subprocess.run(command, env=self.environment, check=False, capture_output=True, timeout=20).returncode


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    made = Container(tmp_path / "root")
    yield made
    if made.process is not None and made.process.stdout is not None:
        made.process.kill()
        made.process.stdout.close()
        made.process.wait()


def tree(folder: Path) -> list[tuple[str, int]]:
    return sorted((str(path), path.lstat().st_mtime_ns) for path in folder.rglob("*"))


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    """
    Values and paths of the environment are checked together, before anything starts.
    """
    environment = {
        "AML_APP_ROOT": str(tmp_path),
        "AZUREML_ENTRY_SCRIPT": "score.py",
        "AZUREML_MODEL_DIR": "/nowhere",
        "WORKER_COUNT": "none",
        "MODELPORT_LISTEN_PORT": "99999",
        "MODELPORT_READY_TIMEOUT_S": "soon",
        "MODELPORT_KEYS_FILE": "/nowhere/keys.json",
    }
    with pytest.raises(SpecError) as raised:
        image_spec(environment)

    assert [
        "MODELPORT_LISTEN_PORT is '99999': it must be a port from 1 to 65535",
        "WORKER_COUNT is 'none': it must be at least 1",
        "MODELPORT_READY_TIMEOUT_S is 'soon': it must be seconds from 0",
        f"AZUREML_ENTRY_SCRIPT is 'score.py': there is no such file below {tmp_path}",
        "AZUREML_MODEL_DIR is '/nowhere': there is no such folder",
        "MODELPORT_KEYS_FILE is '/nowhere/keys.json': there is no such file, or this user may not read it",
    ] == str(raised.value).split("; ")


def test_an_image_that_holds_nothing_says_so(tmp_path: Path) -> None:
    """
    Neither script nor model: the way out is named.
    """
    with pytest.raises(SpecError, match=r"^nothing to serve: set AZUREML_ENTRY_SCRIPT or AZUREML_MODEL_DIR$"):
        image_spec({"AML_APP_ROOT": str(tmp_path)})


@pytest.mark.slow
def test_a_container_serves_and_ends_with_0(container: Container) -> None:
    """
    Several workers serve the script and the model's version; SIGTERM drains and ends with 0; no file is written.
    """
    before = tree(container.folder)
    container.start()
    answer = container.answers()
    healthy = container.health()
    code, output = container.end()

    assert ["one", ["weights.bin"], "/tmp", str(container.app)] == answer  # noqa: S108  the home that can be written
    assert (0, 0) == (healthy, code)
    assert before == tree(container.folder)
    assert "tested: starting 2 worker(s)" in output
    assert "stopping" in output
    assert 1 == container.health()


@pytest.mark.slow
def test_a_container_runs_read_only_as_any_user(container: Container, tmp_path: Path) -> None:
    """
    A user id without a name, without a home, that may write nowhere below the root, serves all the same.
    """
    if os.geteuid() != 0:
        pytest.skip("only root can take another user id")
    before = tree(tmp_path)
    reads = "--inh-caps=+dac_read_search --ambient-caps=+dac_read_search"  # the tests' own folders are for root only
    user = f"setpriv --reuid=54321 --regid=54321 --clear-groups {reads}"
    container.start("unshare", "--mount", "sh", "-c", f'mount -o remount,bind,ro / && exec {user} "$@"', "sh")
    answer = container.answers()
    code, _output = container.end()

    assert "one" == answer[0]
    assert 0 == code
    assert before == tree(tmp_path)


@pytest.mark.slow
def test_a_container_that_cannot_start_ends_with_3(container: Container) -> None:
    """
    When init() raises, the container ends: starting it again is its orchestrator's. The reason is in the output.
    """
    (container.app / "score.py").write_text("def init():\n    raise KeyError('weight')\n\n\ndef run(data): ...\n")
    container.start()
    assert container.process is not None
    output, _ = container.process.communicate(timeout=40)

    assert 3 == container.process.returncode
    assert "generation 1 failed: init() raised KeyError: 'weight' (score.py:2)" in output.splitlines()[-1]


@pytest.mark.slow
def test_a_container_with_a_wrong_environment_ends_with_3(container: Container) -> None:
    """
    One line, no traceback.
    """
    container.environment["WORKER_COUNT"] = "0"
    container.start()
    assert container.process is not None
    output, _ = container.process.communicate(timeout=40)

    assert (3, "WORKER_COUNT is '0': it must be at least 1\n") == (container.process.returncode, output)


@pytest.mark.slow
def test_sighup_swaps_a_mounted_script_in(container: Container) -> None:
    """
    SIGHUP starts new workers with what the files say now; a script that fails leaves the old ones.
    """
    container.start()
    assert "one" == container.answers()[0]
    assert container.process is not None
    container.write_script("two")
    container.process.send_signal(signal.SIGHUP)
    until(lambda: all(container.score()[0] == "two" for _ in range(20)), "only the new script answers")
    (container.app / "score.py").unlink()
    container.process.send_signal(signal.SIGHUP)

    assert "two" == container.score()[0]
    code, output = container.end()
    assert 0 == code
    assert "spec refused: AZUREML_ENTRY_SCRIPT is 'score.py': there is no such file" in output


@pytest.mark.slow
def test_keys_that_are_mounted_are_read_anew(container: Container, tmp_path: Path) -> None:
    """
    Kubernetes swaps a link to a folder: the next request asks for the new key.
    """
    mount = tmp_path / "keys"
    for name in ("first", "second"):
        digest = hashlib.sha256(name.encode()).hexdigest()
        folder = mount / f"..{name}"
        folder.mkdir(parents=True)
        (folder / "keys.json").write_text(json.dumps({"primary": digest, "secondary": digest}))
    (mount / "..data").symlink_to("..first")
    (mount / "keys.json").symlink_to("..data/keys.json")
    container.environment["MODELPORT_KEYS_FILE"] = str(mount / "keys.json")
    container.start()
    assert "one" == container.answers("first")[0]
    (mount / "..new").symlink_to("..second")
    (mount / "..new").rename(mount / "..data")

    assert "one" == container.score("second")[0]
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        container.score("first")
    refused.value.close()


@pytest.mark.slow
def test_the_first_process_reaps_what_others_leave(container: Container) -> None:
    """
    As process 1 of its own process namespace it serves, and a grandchild that lost its parent leaves no zombie.
    """
    if os.geteuid() != 0:
        pytest.skip("only root can make a process namespace")
    (container.app / "score.py").write_text(
        "import os\nimport subprocess\nimport time\n\n\ndef init():\n    pass\n\n\ndef run(data):\n"
        "    subprocess.run(['sh', '-c', 'sleep 0.1 &'], check=True)\n    time.sleep(0.3)\n"
        "    states = [open(f'/proc/{pid}/stat').read().split()[2] for pid in os.listdir('/proc') if pid.isdecimal()]\n"
        "    return [os.getppid(), states.count('Z')]\n"
    )
    container.environment["WORKER_COUNT"] = "1"
    container.start("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")

    assert [[1, 0]] * 3 == [container.answers() for _ in range(3)]
