"""Bad input: each is refused before anything is changed, in one line that says what to do."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.engine.dev_stack import DevStack, plain
from tests.engine.snapshot import SERVICES, Snapshot, custom, recorded

pytestmark = [pytest.mark.engine, pytest.mark.slow]

STACK_FILE = "Pulumi.dev.yaml"
SCRIPT = "examples/diabetes/score.py"
REQUIREMENTS = "examples/diabetes/requirements.txt"
FILES = (STACK_FILE, "modelport.lock")

Refused = Callable[..., str]


@dataclass(frozen=True)
class Edit:
    """Text to replace in a file of the project."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mistake:
    """An edit that is refused, and what is said of it; `{port}` stands for the port of `diabetes`."""

    name: str
    edit: Edit
    says: str


TARGET = "target: {kind: local}"
IN_SCRIPT = f"property entryScript value {{{SCRIPT}}} has a problem: score.py"

MISTAKES = (
    Mistake(
        "an unknown key",
        Edit(STACK_FILE, TARGET, "target: {kind: local, wrokers: 2}"),
        "modelport:services.digits.target.wrokers: unknown key; did you mean 'workers'?",
    ),
    Mistake(
        "a wrong type",
        Edit(STACK_FILE, TARGET, "target: {kind: local, workers: many}"),
        "modelport:services.digits.target.workers: found 'many'; must be a whole number from 1 to 256",
    ),
    Mistake(
        "a missing script",
        Edit(STACK_FILE, "score.py", "scoer.py"),
        "'examples/diabetes/scoer.py' is not there; did you mean 'score.py'?",
    ),
    Mistake(
        "a script that does not parse",
        Edit(SCRIPT, "def run(data: str)", "def run(data: str"),
        f"{IN_SCRIPT}:20 does not parse: invalid syntax: 'def run(data: str -> list[float]:'",
    ),
    Mistake(
        "no init",
        Edit(SCRIPT, "def init(", "def initialise("),
        f"{IN_SCRIPT} has no function init: an entry script defines init() at the top level",
    ),
    Mistake(
        "no run",
        Edit(SCRIPT, "def run(", "def rum("),
        f"{IN_SCRIPT} has no function run: an entry script defines run(data) at the top level",
    ),
    Mistake(
        "an init that wants an argument",
        Edit(SCRIPT, "def init()", "def init(model_dir: str)"),
        f"{IN_SCRIPT}:14: init() is called without arguments but requires model_dir; give a default",
    ),
    Mistake(
        "a run that takes none",
        Edit(SCRIPT, "def run(data: str)", "def run()"),
        f"{IN_SCRIPT}:20: run() needs to accept an argument for input data; write `def run(data)`",
    ),
    Mistake(
        "a model path that is missing",
        Edit(STACK_FILE, "digits.onnx", "digit.onnx"),
        "model path 'examples/digits/digit.onnx': does not exist (looked at {root}/examples/digits/digit.onnx); "
        "did you mean 'digits.onnx'?",
    ),
    Mistake(
        "a device as a model",
        Edit(STACK_FILE, "examples/digits/digits.onnx", "/dev/null"),
        "model path '/dev/null': is a device; a model is made of files and folders",
    ),
    Mistake(
        "a model's name outside the rules",
        Edit(STACK_FILE, "{name: digits,", "{name: my digits,"),
        "modelport:services.digits.models[0].name: found 'my digits'; model name 'my digits' is not allowed: 1 to 255 "
        "letters, digits, '-', '_' or '.', the first a letter or digit; try 'my-digits'",
    ),
    Mistake(
        "a service's name outside the rules",
        Edit(STACK_FILE, "    digits:\n", "    Digits_2:\n"),
        "modelport:services.Digits_2: service name 'Digits_2' is not allowed: 3 to 32 lowercase letters, digits or "
        "'-', the first a letter, the last no '-'; try 'digits-2'",
    ),
    Mistake(
        "two services on one port",
        Edit(STACK_FILE, TARGET, "target: {kind: local, port: {port}}"),
        "modelport:services.digits.target.port: found {port}; modelport:services.diabetes.target.port listens there "
        "already: take another, or none for a free one",
    ),
    Mistake(
        "one model name with two paths",
        Edit(STACK_FILE, "{name: digits,", "{name: diabetes,"),
        "modelport:services.digits.models[0].path: differs from modelport:services.diabetes.models[0].path, but model "
        "'diabetes' is one model; write the same, or rename it",
    ),
    Mistake(
        "a lock that is out of date",
        Edit(REQUIREMENTS, "joblib==1.6.0\n", ""),
        "modelport.lock is out of date for 'diabetes' ('joblib==1.6.0' is gone): run `modelport lock` and commit the "
        "file",
    ),
)


@pytest.fixture(name="before", scope="module")
def state_before_all_mistakes(running: DevStack) -> Snapshot:
    """Look at the stack once it is up: no mistake may change it."""
    return Snapshot.of(running)


@pytest.fixture(name="keys", scope="module")
def keys_of_both(running: DevStack) -> dict[str, str]:
    """Read the keys once."""
    return {service: running.key(service) for service in SERVICES}


@pytest.fixture(name="project")
def project_to_spoil(running: DevStack, before: Snapshot, tmp_path: Path) -> Iterator[DevStack]:
    """Give the project of the running stack; afterwards its files are as they were."""
    saved = tmp_path / "saved"
    shutil.copytree(running.root / "examples", saved)
    for name in FILES:
        shutil.copy(running.root / name, saved)
    yield running
    shutil.rmtree(running.root / "examples")
    shutil.copytree(saved, running.root / "examples", ignore=shutil.ignore_patterns(*FILES))
    for name in FILES:
        shutil.copy(saved / name, running.root)


@pytest.fixture(name="refused")
def check_of_a_refusal(project: DevStack, before: Snapshot, keys: dict[str, str]) -> Refused:
    """Run `modelport`, which must fail, say a line, and leave everything as it was: files, processes, answers."""

    def check(says: str, *arguments: str, **more: str) -> str:
        lock = (project.root / "modelport.lock").read_bytes()
        done = project.run(*(arguments or ("up",)), **more)

        output = plain(done.stdout)
        assert done.returncode
        assert says in output
        assert "Traceback" not in output
        assert lock == (project.root / "modelport.lock").read_bytes()
        assert before == Snapshot.of(project)
        assert [200, 200] == [project.ask(service, key).status for service, key in keys.items()]
        return output

    return check


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_changes_nothing(project: DevStack, refused: Refused, mistake: Mistake) -> None:
    """
    `up` refuses it in its preview, says where it is and what to write, and what ran runs on.
    """
    seen = {"{port}": str(project.port), "{root}": str(project.root)}
    edit, says = (mistake.edit, mistake.says)
    for name, value in seen.items():
        edit, says = replace(edit, new=edit.new.replace(name, value)), says.replace(name, value)
    project.edit(edit.file, edit.old, edit.new)

    refused(says)


@pytest.mark.parametrize("content", ["config: {}\n", "config:\n  modelport:services: {}\n"])
def test_services_are_not_removed_by_leaving_them_out(project: DevStack, refused: Refused, content: str) -> None:
    """
    A stack file without services is more likely a slip than the wish to take everything away.
    """
    (project.root / STACK_FILE).write_text(content)

    refused(
        "modelport:services: none is declared, which would take away every running service; declare one, or set "
        "modelport:allow_empty: true"
    )


def test_an_empty_file_as_a_model(project: DevStack, refused: Refused) -> None:
    """
    A file without a byte is no model.
    """
    (project.root / "examples/digits/digits.onnx").write_bytes(b"")

    refused("model path 'examples/digits/digits.onnx': is empty; a model has at least one byte")


def test_an_empty_folder_as_a_model(project: DevStack, refused: Refused) -> None:
    """
    A folder without files is no model.
    """
    (project.root / "examples/diabetes/empty").mkdir()
    project.edit(STACK_FILE, "examples/diabetes/model}", "examples/diabetes/empty}")

    refused("model path 'examples/diabetes/empty': is empty; a model has at least one byte")


def test_a_socket_in_a_model(project: DevStack, refused: Refused) -> None:
    """
    What is no file cannot be registered.
    """
    path = project.root / "examples/diabetes/model/s"
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(path))

        refused(f"model path '{path}': is a socket; a model is made of files and folders")


def test_a_link_out_of_a_model(project: DevStack, refused: Refused) -> None:
    """
    A model holds its own files, not whatever a link leads to.
    """
    path = project.root / "examples/diabetes/model/out"
    path.symlink_to(project.root / "Pulumi.yaml")

    refused(f"model path '{path}': is a link out of the model's folder, to {project.root}/Pulumi.yaml")


def test_a_port_that_another_program_has(project: DevStack, refused: Refused) -> None:
    """
    It is found at preview, not when the old service is stopped already.
    """
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        project.edit(STACK_FILE, TARGET, f"target: {{kind: local, port: {port}}}")

        refused(
            f"service 'digits': port {port} on 127.0.0.1 is taken by another program; stop that program, or give "
            "another port (or none: a free one is chosen)"
        )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "scikit-learn==1.9.1",
            "scikit-lern==1.9.1",
            "unknown package 'scikit-lern' (asked: scikit-lern==1.9.1): did you mean 'scikit-learn'?",
        ),
        ("joblib==", "docopt==0.6.2\njoblib==", "package 'docopt' (asked: docopt==0.6.2) has no wheel for "),
    ],
    ids=["unknown", "without a wheel"],
)
def test_a_package_that_cannot_be_had(project: DevStack, refused: Refused, old: str, new: str, says: str) -> None:
    """
    The command that writes the lock names the package, and leaves the lock as it is.
    """
    project.edit(REQUIREMENTS, old, new)

    refused(says, "lock")


def test_an_unknown_package_of_a_new_service(project: DevStack, refused: Refused) -> None:
    """
    What is not locked yet is looked for at preview.
    """
    project.edit(STACK_FILE, TARGET, f"inference: {{environment: {{dependencies: [torchvison]}}}}\n      {TARGET}")
    project.edit(STACK_FILE, "    digits:\n", "    figures:\n")

    refused("unknown package 'torchvison': did you mean 'torchvision'?", CI="")


def test_another_machines_record(running: DevStack, refused: Refused) -> None:
    """
    A service that was started elsewhere is not touched from here; the error names that machine.
    """
    record = running.run_folder("digits") / "record.json"
    own = record.read_bytes()
    document = json.loads(own)
    document["machine"] = {"id": "0" * 32, "name": "elsewhere"}
    record.write_text(json.dumps(document))
    try:
        done = running.run("up")
        found = record.read_text()
    finally:
        record.write_bytes(own)

    assert done.returncode
    assert "service 'digits' was started on machine 'elsewhere', this is " in plain(done.stdout)
    assert document == json.loads(found)


@pytest.fixture
def small_store(project: DevStack, before: Snapshot, tmp_path: Path) -> Iterator[Path]:
    """Put the store on a file system of its own that takes no more than a few bytes; afterwards it is where it was."""
    store, saved = project.root / ".modelport/store", tmp_path / "store"
    shutil.copytree(store, saved)
    command = ["/bin/mount", "-t", "tmpfs", "-o", "size=512k,mode=0755", "tmpfs", str(store)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        reason = f"no file system can be mounted here: {mounted.stderr.strip()}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    try:
        shutil.copytree(saved, store, dirs_exist_ok=True)
        yield store
    finally:
        subprocess.run(["/bin/umount", str(store)], check=True)


def test_a_full_disk(project: DevStack, refused: Refused, small_store: Path) -> None:
    """
    A model that the store's disk does not take is refused with both sizes, before a byte of it is written.
    """
    (project.root / "examples/diabetes/model/large.bin").write_bytes(os.urandom(1 << 20))

    output = refused(f"cannot write 1052672 bytes to {small_store}: No space left on device (")

    assert "bytes free); free space or choose another folder" in output


def test_a_store_that_cannot_be_written(project: DevStack, refused: Refused, small_store: Path) -> None:
    """
    A store on a read-only disk takes no new version; the error names the folder.
    """
    subprocess.run(["/bin/mount", "-o", "remount,ro", str(small_store)], check=True)
    (project.root / "examples/diabetes/model/note.txt").write_text("new")

    refused("Read-only file system (")


def blob_of(stack: DevStack, service: str) -> Path:
    """Find the layer of a service's only model: the one blob that `.modelport/models` was unpacked from."""
    outputs = stack.resources()[f"ModelVersion {service}"]["outputs"]
    blobs = stack.root / ".modelport/store/blobs/sha256"
    manifest = json.loads((blobs / outputs["digest"].removeprefix("sha256:")).read_text())
    digest: str = manifest["layers"][0]["digest"]
    return blobs / digest.removeprefix("sha256:")


def test_a_corrupt_blob_is_named_and_never_served(dev_stack: DevStack) -> None:
    """
    When it must be read again, its digest is named and the running version keeps answering; the error's way out works.
    """
    dev_stack.up()
    key, before = dev_stack.key("digits"), Snapshot.of(dev_stack)
    blob = blob_of(dev_stack, "digits")
    content = blob.read_bytes()
    blob.write_bytes(content[:-2000] + bytes([content[-2000] ^ 1]) + content[-1999:])
    for name in ("builds", "models"):
        (dev_stack.root / ".modelport" / name).rename(dev_stack.root / f"{name}-removed")
    done = dev_stack.run("up")

    assert done.returncode
    assert "remove that file and register the model again from its files" in plain(done.stdout)
    assert f"blob sha256:{blob.name} is corrupt" in plain(done.stdout)
    # The other service goes on meanwhile; how far its component's record gets is a matter of time.
    assert custom(before.resources) == custom(recorded(dev_stack))
    assert before.serving == Snapshot.of(dev_stack).serving
    assert 200 == dev_stack.ask("digits", key).status
    blob.unlink()
    dev_stack.up()
    assert content == blob.read_bytes()
    assert 200 == dev_stack.ask("digits", key).status


def test_a_script_that_raises_in_init(dev_stack: DevStack) -> None:
    """
    `up` fails with log and model folder, what ran keeps answering, and the next good `up` mends all.
    """
    dev_stack.up()
    key, before = dev_stack.key("diabetes"), Snapshot.of(dev_stack)
    dev_stack.edit(SCRIPT, "    model = joblib", "    raise RuntimeError('no model today')\n    model = joblib")
    done = dev_stack.run("up")

    said = plain(done.stdout)
    assert done.returncode
    assert "service 'diabetes' did not become ready: init() raised RuntimeError: no model today (score.py:17)" in said
    assert "    the running version keeps answering\n    model folder " in said
    assert "      model/ridge.joblib\n" in said
    assert "      RuntimeError: no model today\n" in said
    assert before.serving == Snapshot.of(dev_stack).serving
    assert 200 == dev_stack.ask("diabetes", key).status
    assert key == dev_stack.key("diabetes")
    dev_stack.edit(SCRIPT, "raise RuntimeError('no model today')", "pass")
    dev_stack.up()
    assert 200 == dev_stack.ask("diabetes", key).status
