"""The server's command line, as a process."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from modelport_scoring import wire

from tests.scoring.conftest import Service, free_port, until

pytestmark = pytest.mark.slow


def serve(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a server that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "modelport_scoring", "--port", str(free_port()), *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"]} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_user_files_beside_the_script_are_the_users(service: Service) -> None:
    """
    `scoring.py`, `settings.py`, `components.py` beside `score.py` are imported as the user means it, early and late.
    """
    names = [
        "scoring",
        "settings",
        "components",
        "errors",
        "app",
        "server",
        "model",
        "script",
        "wire",
        "uvicorn_helper",
    ]
    script = (
        "import scoring, settings, components, errors\n\n\ndef init():\n    import app, server, model, script\n\n\n"
        f"def run(data):\n    import importlib\n    return [importlib.import_module(n).WHOSE for n in {names!r}]\n"
    )
    service.ask(script=script)
    for name in names:
        (service.folder / "generation_1" / f"{name}.py").write_text("WHOSE = 'user'\n")
    service.start().wait("serving")

    assert ["user"] * len(names) == service.score()


def test_no_user_file_is_imported_as_ours(service: Service) -> None:
    """
    Whatever a user's file is called, it does not take the place of a package that the server needs to serve.
    """
    service.ask()
    for name in ("uvloop", "uvicorn", "httptools", "asyncio", "click", "h11"):
        (service.folder / "generation_1" / f"{name}.py").write_text("raise RuntimeError('the user means another')\n")
    service.start().wait("serving")

    assert 1 == service.score()


def test_files_in_the_working_directory_do_not_become_ours(service: Service) -> None:
    """
    A user's `uvicorn.py` or `json.py` in the working directory does not shadow what the server imports.
    """
    for name in ("uvicorn", "json", "asyncio", "settings"):
        (service.folder / f"{name}.py").write_text("raise SystemExit('shadowed')\n")
    service.ask()
    service.ask(2, command=[part for part in service.spec["command"] if part != "-P"])
    service.start().wait("serving")

    assert 1 == service.score()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import no_such_module\n", "importing score.py raised ModuleNotFoundError: No module named 'no_such_module'"),
        ("def init(): ...\n", "the entry script score.py has no function run()"),
        ("def init(:\n", "importing score.py raised SyntaxError: invalid syntax (score.py:1)"),
        ("import sys\nsys.exit(0)\n", "importing score.py raised SystemExit: 0 (score.py:2)"),
        (
            "def init():\n    1 / 0\n\n\ndef run(d): ...\n",
            "init() raised ZeroDivisionError: division by zero (score.py:2)",
        ),
    ],
)
def test_a_script_that_cannot_start_says_why(tmp_path: Path, source: str, reason: str) -> None:
    """
    The exit code is 3, the last line the reason, before it the model's files.
    """
    (tmp_path / "score.py").write_text(source)
    (tmp_path / "models" / "m").mkdir(parents=True)
    (tmp_path / "models" / "m" / "weights.bin").touch()
    ended = serve(tmp_path, "--entry_script", "score.py", "--model_dir", "models")

    assert wire.EXIT_START_FAILED == ended.returncode
    assert ended.stderr.splitlines()[-1].startswith(reason)
    assert "  m/weights.bin\n" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--entry_script", "gone.py"], "gone.py does not exist"),
        ([], "nothing to serve: give --entry_script"),
        (["--model_dir", "."], "holds no model that runs without an entry script"),
        (["--port", "0"], "--port is '0': it must be a port from 1 to 65535"),
    ],
)
def test_wrong_arguments_end_with_the_reason(tmp_path: Path, arguments: list[str], reason: str) -> None:
    """
    A server that has nothing to serve ends with 3 and says what to give.
    """
    ended = serve(tmp_path, *arguments)

    assert wire.EXIT_START_FAILED == ended.returncode
    assert reason in ended.stderr.splitlines()[-1]


def test_a_script_gets_no_model_that_was_changed(tmp_path: Path) -> None:
    """
    With a list of digests, files are held against it before the script is imported.
    """
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "m.pkl").write_bytes(b"changed")
    (tmp_path / "digests.json").write_text(json.dumps({"m.pkl": f"sha256:{'0' * 64}"}))
    (tmp_path / "score.py").write_text("print('imported')\n\n\ndef init(): ...\n\n\ndef run(data): ...\n")
    arguments = ["--entry_script", "score.py", "--model_dir", "model"]
    ended = serve(tmp_path, *arguments, MODELPORT_MODEL_DIGESTS="digests.json")

    assert (wire.EXIT_START_FAILED, "") == (ended.returncode, ended.stdout)
    assert ended.stderr.endswith(f"expected sha256:{'0' * 64}: it is not what was registered\n")


def test_a_script_finds_its_model_and_pickles_its_classes(service: Service, tmp_path: Path) -> None:
    """
    AZUREML_MODEL_DIR is the flag's folder; the script is in sys.modules, so its classes pickle.
    """
    script = (
        "from __future__ import annotations\nimport dataclasses, os, pickle, threading\n\n\n@dataclasses.dataclass\n"
        "class Weights:\n    folder: str\n\n\ndef init():\n    global weights\n    weights = Weights(os.environ"
        "['AZUREML_MODEL_DIR'])\n\n\ndef run(data):\n    same = pickle.loads(pickle.dumps(weights)) == weights\n"
        "    return [same, weights.folder, threading.current_thread() is threading.main_thread()]\n"
    )
    service.ask(script=script)
    service.ask(2, command=[*service.spec["command"], "--model_dir", "weights"])
    service.start().wait("serving")

    assert [True, str(service.folder / "weights"), True] == service.score()


def test_the_old_name_of_joblib_works(service: Service) -> None:
    """
    `sklearn.externals.joblib` and modules below it are joblib's own.
    """
    script = (
        "from sklearn.externals import joblib\nimport sklearn.externals.joblib.numpy_pickle as old\n"
        "import joblib as new\nimport joblib.numpy_pickle\n\n\ndef init(): ...\n\n\n"
        "def run(data):\n    return [joblib is new, old is new.numpy_pickle, new.__spec__.name]\n"
    )
    service.ask(script=script)
    service.start().wait("serving")

    assert [True, True, "joblib"] == service.score()


def test_several_workers_need_no_supervisor_by_hand(tmp_path: Path) -> None:
    """
    `--worker_count 2` starts two processes that share the port, SIGTERM ends all with 0, no file is left.
    """
    (tmp_path / "score.py").write_text("import os\n\n\ndef init(): ...\n\n\ndef run(data):\n    return os.getpid()\n")
    made = Service(tmp_path)
    command = [sys.executable, "-m", "modelport_scoring", "--entry_script", "score.py", "--address", "127.0.0.1"]
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    made.process = subprocess.Popen(
        [*command, "--port", str(made.port), "--worker_count", "2"], cwd=tmp_path, env=environment
    )
    try:
        until(lambda: _listens(made.port), "the port is open")
        answered = {made.score() for _ in range(40)}
    finally:
        made.process.terminate()

    assert 0 == made.process.wait(20)
    assert 2 == len(answered)
    assert {"score.py", "__pycache__"} >= {path.name for path in tmp_path.iterdir()}


def test_print_and_logging_reach_the_log(service: Service) -> None:
    """
    What a script prints or logs is in the log at once, as is a line for each request.
    """
    script = (
        "import logging\n\n\ndef init():\n    print('printed')\n\n\ndef run(data):\n    logging.info('logged')\n"
        "    return data\n"
    )
    service.ask(script=script)
    service.start().wait("serving")

    assert {} == json.loads(service.score())
    until(lambda: "POST /score 200" in service.log or None, "the request is logged")
    assert "printed\n" in service.log
    assert "root - logged\n" in service.log
