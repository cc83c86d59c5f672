"""The page about models without a script."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from modelport_scoring import wire
from modelport_scoring.settings import read_settings

from tests.docs.conftest import ROOT, Page
from tests.scoring.conftest import Service, service

__all__ = ["service"]  # a fixture of other tests
DIGITS = ROOT / "examples" / "digits"


@pytest.fixture
def page() -> Page:
    """Give the page."""
    return Page(ROOT / "docs" / "no-code.md")


@pytest.fixture
def digits(service: Service) -> Service:
    """Serve what the page serves."""
    command = [sys.executable, "-P", "-m", "modelport_scoring", "--model_dir", str(DIGITS)]
    service.ask(command=command)
    service.start().wait("serving")
    return service


def variables() -> dict[str, str]:
    """Give the variables that models without a script read, with their defaults in words."""
    models = read_settings([], {}, Path("/srv")).models
    short = ",".join(name.removesuffix("ExecutionProvider").lower() for name in models.onnx_providers)
    return {
        wire.ONNX_THREADS: f"`{models.onnx_threads}`",
        wire.ONNX_PROVIDERS: f"`{short}`",
        wire.MODEL_MEMORY: "no bound" if models.memory_mb is None else str(models.memory_mb),
        wire.MODEL_DIGESTS: "none" if models.digests_file is None else str(models.digests_file),
    }


def test_the_settings_are_complete(page: Page) -> None:
    """
    Each variable stands on the page with its default, and no other.
    """
    rows = dict(re.findall(r"^\| `(MODELPORT_\w+)` \| (.+?) \|", page.text, re.MULTILINE))

    assert variables() == rows


@pytest.mark.slow
def test_the_examples_work(page: Page, digits: Service) -> None:
    """
    What the page shows can be typed: both requests, the client in Python, and the error.
    """
    bodies = dict.fromkeys(
        re.findall(r"curl -s localhost:5001(\S+) -d @examples/digits/sample-request.json", page.text)
    )
    answers = [digits.score(path, (DIGITS / "sample-request.json").read_bytes())["label"] for path in bodies]
    [code] = page.code("python")
    code = code.replace("localhost:5001", f"127.0.0.1:{digits.port}")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)

    assert {"/score": [0, 1], "/score/digits": [0, 1]} == dict(zip(bodies, answers, strict=True))
    assert (0, "", 1) == (ran.returncode, ran.stderr, len(json.loads(ran.stdout)))
    assert shown_error(page) == error_of(digits, {"data": [[0] * 63]})


def shown_error(page: Page) -> Any:  # noqa: ANN401  JSON
    [shown] = [json.loads(code) for code in page.code("json") if "message" in code]
    return shown


def error_of(digits: Service, document: object) -> Any:  # noqa: ANN401  the same
    with pytest.raises(HTTPError) as raised:
        digits.score(body=json.dumps(document).encode())
    assert 400 == raised.value.code
    return json.loads(raised.value.read())
