"""From settings to the arguments of components."""

import asyncio
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from stack.placing import image_args, local_args, model_args, place, registry_args
from stack.settings import StackSettings

Parse = Callable[[str], StackSettings]
Registrations = list[tuple[str, str, dict[str, Any]]]

DIGEST = "a" * 64
FULL = f"""
config:
  modelport:registry: {{create: {{kind: layout, path: models}}}}
  modelport:services:
    one:
      models:
        - {{name: shared, path: m, tags: {{team: risk}}, framework: Onnx, framework_version: "1.10", resources: {{cpu: 2}}}}
        - {{name: old, reference: "oci-layout:models/models/old@sha256:{DIGEST}"}}
      inference:
        entry_script: score.py
        description: Scores.
        environment: {{name: mine, dependencies: [numpy], environment_variables: {{A: b}}}}
      target: {{kind: local, port: 8890, log: {{max_mb: 1}}}}
      keys: {{primary: {{secure: v1:abc}}, secondary_generation: 2}}
    two:
      models: [{{name: shared, path: m, tags: {{team: risk}}, framework: Onnx, framework_version: "1.10", resources: {{cpu: 2}}}}]
      target: {{kind: local}}
"""  # noqa: E501 - one model, one line
PREBUILT = f"""
config:
  modelport:registry: {{existing: {{store: oci://r.example.com/t, pull_host: p.example.com}}}}
  modelport:services:
    one:
      image: {{reference: "r.example.com/staging/digits@sha256:{DIGEST}", name: copy}}
      target: {{kind: local, mode: container}}
"""


class Registered:
    """
    A double of every component: its attributes are texts that name it.
    """

    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.name = kind, name

    def __getattr__(self, output: str) -> str:
        return f"{self.kind} {self.name} {output}"


@pytest.fixture
def registrations(monkeypatch: pytest.MonkeyPatch) -> Registrations:
    """
    Put doubles in the place of the components; list what is constructed: kind, name, arguments.
    """
    made: Registrations = []

    def double(kind: str) -> Callable[[str, dict[str, Any]], Registered]:
        def construct(name: str, args: dict[str, Any]) -> Registered:
            made.append((kind, name, args))
            return Registered(kind, name)

        return construct

    rooms = {"registry": ["ModelRegistry", "RegisteredModel"], "image": ["ScoringImage"], "local": ["LocalService"]}
    for room, kinds in rooms.items():
        module = ModuleType(f"modelport.{room}")
        for kind in kinds:
            setattr(module, kind, double(kind))
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return made


def test_services_that_name_one_model_share_it(parse: Parse, registrations: Registrations) -> None:
    """
    A model is registered once however many services name it, and not at all when it is named by reference.
    """
    place(parse(FULL))

    assert [
        ("ModelRegistry", "models"),
        ("RegisteredModel", "shared"),
        ("ScoringImage", "one"),
        ("LocalService", "one"),
        ("ScoringImage", "two"),
        ("LocalService", "two"),
    ] == [(kind, name) for kind, name, _ in registrations]


def test_images_take_references_and_services_take_images(parse: Parse, registrations: Registrations) -> None:
    """
    What one component needs of another is handed over as a value.
    """
    place(parse(FULL))

    args = {(kind, name): values for kind, name, values in registrations}
    old = f"oci-layout:models/models/old@sha256:{DIGEST}"
    assert ["RegisteredModel shared reference", old] == args["ScoringImage", "one"]["models"]
    assert "ModelRegistry models store" == args["ScoringImage", "one"]["store"]
    assert "ScoringImage one reference" == args["LocalService", "one"]["image"]
    assert ["RegisteredModel shared model_id", f"old@sha256:{DIGEST}"] == args["LocalService", "one"]["models"]


def test_an_endpoint_tells_where_it_answers_and_from_what(parse: Parse, registrations: Registrations) -> None:
    """
    The output `endpoints` has URLs, image, models and target; keys are in an output of their own.
    """
    endpoints, keys = place(parse(FULL))

    assert {
        "scoring_url": "LocalService two scoring_url",
        "swagger_url": "LocalService two swagger_url",
        "health_url": "LocalService two health_url",
        "image": "ScoringImage two reference",
        "models": ["RegisteredModel shared model_id"],
        "target": "local",
    } == endpoints["two"]
    expected: dict[str, object] = {"one": "LocalService one keys", "two": "LocalService two keys"}
    assert expected == keys


def test_an_image_that_exists_already_is_taken_as_it_is(parse: Parse, registrations: Registrations) -> None:
    """
    No model is registered; which models answer is what the image says.
    """
    endpoints, _ = place(parse(PREBUILT))

    args = {(kind, name): values for kind, name, values in registrations}
    assert {
        "store": "ModelRegistry models store", "models": [], "builder": "prebuilt", "repository": "copy",
        "pull_host": "p.example.com", "prebuilt_reference": f"r.example.com/staging/digits@sha256:{DIGEST}",
    } == args["ScoringImage", "one"]  # fmt: skip
    assert ["ModelRegistry", "ScoringImage", "LocalService"] == [kind for kind, _ in args]
    assert "ScoringImage one model_ids" == args["LocalService", "one"]["models"] == endpoints["one"]["models"]


def test_what_is_deprecated_is_told_at_its_service(
    parse: Parse, registrations: Registrations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Findings are warnings, with the place in the stack file.
    """
    told: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", told.append)

    place(parse(FULL.replace("name: mine", "inferencing_stack_version: latest")))

    place_of = "modelport:services.one.inference"
    expected = (
        f"{place_of}: environment.inferencing_stack_version plays no part: the bundled runtime serves every image"
    )
    assert [expected] == told


def test_arguments_hold_only_what_is_set(parse: Parse) -> None:
    """
    What a user leaves out is not an argument.
    """
    settings = parse(FULL)
    one, two = settings.services["one"], settings.services["two"]

    assert {
        "path": "m", "tags": {"team": "risk"}, "framework": "Onnx", "framework_version": "1.10",
        "resources": {"cpu": 2},
    } == model_args(one.models[0])  # fmt: skip
    assert {
        "entry_script": "score.py", "dependencies": ["numpy"], "environment_variables": {"A": "b"},
        "model_paths": ["m"],
    } == image_args(one)  # fmt: skip
    assert {"model_paths": ["m"]} == image_args(two)
    assert {
        "address": "127.0.0.1", "workers": 1, "ready_timeout_s": 60, "drain_timeout_s": 30, "log_max_mb": 10,
        "log_backups": 3, "auth_enabled": True, "primary_generation": 1, "secondary_generation": 1,
    } == local_args(two)  # fmt: skip


def test_a_switch_that_is_off_is_an_argument(parse: Parse) -> None:
    """
    False and 0 are values, not absence.
    """
    text = (
        "config: {modelport:services: {digits: {models: [{name: m, path: m}], auth_enabled: false, "
        "target: {kind: local, drain_timeout_s: 0, log: {backups: 0}}}}}"
    )
    args = local_args(parse(text).services["digits"])

    assert (False, 0, 0) == (args["auth_enabled"], args["drain_timeout_s"], args["log_backups"])


def test_a_key_of_ones_own_is_secret_from_here_on(parse: Parse) -> None:
    """
    A given key leaves the settings as a secret output; the other one is left to be made.
    """
    service = parse(FULL).services["one"]

    async def seen() -> tuple[object, bool]:
        args = local_args(service)
        return await args["primary_key"].future(), await args["primary_key"].is_secret()

    assert ("decrypted-hunter2", True) == asyncio.run(seen())


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("{}", {}),
        ("{create: {kind: layout, path: m}}", {"path": "m"}),
        ("{existing: {store: oci://r.example.com/t}}", {"store": "oci://r.example.com/t"}),
        (
            "{existing: {store: oci://r.example.com/t, pull_host: p.example.com}}",
            {"store": "oci://r.example.com/t", "pull_host": "p.example.com"},
        ),
    ],
)
def test_the_registry_is_a_folder_or_one_that_exists(parse: Parse, block: str, expected: dict[str, str]) -> None:
    """
    What is not set has the component's default.
    """
    settings = parse(f"config: {{'modelport:registry': {block}, 'modelport:allow_empty': true}}")

    assert expected == registry_args(settings.registry)
