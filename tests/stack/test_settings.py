"""What a right stack file becomes."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pulumi
import pytest
from pulumi.runtime import config as engine_config
from pydantic import SecretStr, ValidationError

from stack.errors import StackSettingsError
from stack.settings import StackSettings, load_settings, parse_settings

ROOT = Path(__file__).parents[2]
Parse = Callable[[str], StackSettings]

SMALLEST = {"models": [{"name": "digits", "path": "digits.onnx"}], "target": {"kind": "local"}}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """
    Hand configuration over as a language host does: texts by key, and the keys that are secret.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MODELPORT_STACK_FILE", raising=False)
    monkeypatch.setattr(pulumi, "get_stack", lambda: "dev")

    def hand_over(values: dict[str, str], secret_keys: list[str] | None = None) -> None:
        engine_config.set_all_config(values, secret_keys or [])

    yield hand_over
    engine_config.set_all_config({}, [])


def test_the_dev_stack_is_two_local_services(parse: Parse) -> None:
    """
    The shipped dev stack serves diabetes on port 8890 and digits on a free port, without a script.
    """
    settings = parse((ROOT / "Pulumi.dev.yaml").read_text())

    ports = {name: service.target.port for name, service in settings.services.items()}
    assert {"diabetes": 8890, "digits": None} == ports
    assert settings.services["digits"].inference is None


def test_what_is_left_out_has_the_documented_default() -> None:
    """
    A service needs models and a target; everything else has a default.
    """
    settings = parse_settings({"modelport:services": {"digits": SMALLEST}})

    service = settings.services["digits"]
    assert (None, None) == (settings.registry.create, settings.registry.existing)
    assert (True, None) == (service.auth_enabled, service.image.platform)
    assert (1, 1, None) == (service.keys.primary_generation, service.keys.secondary_generation, service.keys.primary)
    expected_target = {
        "kind": "local", "port": None, "address": "127.0.0.1", "workers": 1, "ready_timeout_s": 60,
        "drain_timeout_s": 30, "log": {"max_mb": 10, "backups": 3}, "mode": "process", "docker_host": None,
        "docker_cert_path": None, "cpu": None, "memory_mb": None,
        "on_destroy": {"delete_image": False, "delete_volume": True},
    }  # fmt: skip
    assert expected_target == service.target.model_dump()


def test_numbers_and_switches_may_be_written_as_text(parse: Parse) -> None:
    """
    What `pulumi config set --path` writes as text is read as the number or switch it is.
    """
    settings = parse("""
    config:
      modelport:allow_empty: "false"
      modelport:services:
        digits:
          models: [{name: digits, path: digits.onnx, resources: {cpu: "0.5", memory_gb: "2", gpu: "1"}, unpack: "true"}]
          target: {kind: local, port: "8890", ready_timeout_s: "1.5", workers: 2.0}
          auth_enabled: "false"
    """)

    service = settings.services["digits"]
    model = service.models[0]
    assert model.resources is not None
    assert (0.5, 2.0, 1) == (model.resources.cpu, model.resources.memory_gb, model.resources.gpu)
    assert (8890, 1.5, 2) == (service.target.port, service.target.ready_timeout_s, service.target.workers)
    assert (True, False) == (model.unpack, service.auth_enabled)


def test_a_whole_number_is_taken_as_a_version() -> None:
    """
    A whole number loses nothing, so versions, tags and variables may be one; `config set` writes them so.
    """
    model = {"name": "m", "path": "m", "framework": "Onnx", "framework_version": 2, "tags": {"build": 17}}
    settings = parse_settings({"modelport:services": {"digits": {**SMALLEST, "models": [model]}}})

    read = settings.services["digits"].models[0]
    assert ("2", {"build": "17"}) == (read.framework_version, read.tags)


def test_settings_cannot_be_changed() -> None:
    """
    Settings are frozen at every level.
    """
    settings = parse_settings({"modelport:services": {"digits": SMALLEST}})

    with pytest.raises(ValidationError, match="frozen"):
        settings.services["digits"].target.port = 1  # type: ignore[misc]  # the very thing that must fail


def test_keys_do_not_show_when_settings_are_printed(parse: Parse) -> None:
    """
    A key of one's own is kept as a secret and is in no text form of the settings.
    """
    settings = parse("""
    config:
      modelport:services:
        digits: {models: [{name: digits, path: d.onnx}], target: {kind: local}, keys: {primary: {secure: v1:abc}}}
    """)

    assert SecretStr("decrypted-hunter2") == settings.services["digits"].keys.primary
    assert "decrypted-hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_services_on_one_port_of_two_addresses_get_along(parse: Parse) -> None:
    """
    Only the same address and port collide.
    """
    settings = parse("""
    config:
      modelport:services:
        one: {models: [{name: m, path: m.onnx}], target: {kind: local, port: 8890, address: 127.0.0.1}}
        two: {models: [{name: m, path: ./m.onnx}], target: {kind: local, port: 8890, address: 127.0.0.2}}
    """)

    assert {"one", "two"} == settings.services.keys()


def test_no_service_is_fine_where_it_is_allowed() -> None:
    """
    With allow_empty a stack may have no services.
    """
    assert {} == parse_settings({"modelport:allow_empty": "true"}).services


def test_configuration_comes_from_the_engine_and_secrets_from_the_file(
    engine: Callable[..., None], tmp_path: Path
) -> None:
    """
    Values are the engine's, also those that no file holds; the file tells which leaf is encrypted.
    """
    service = {**SMALLEST, "keys": {"primary": "decrypted-hunter2"}}
    engine({"modelport:services": json.dumps({"digits": service})}, ["modelport:services"])
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "config: {modelport:services: {digits: {keys: {primary: {secure: v1:x}}}}}"
    )

    assert SecretStr("decrypted-hunter2") == load_settings().services["digits"].keys.primary


def test_an_unknown_key_is_found_through_the_engine(engine: Callable[..., None]) -> None:
    """
    Every `modelport:` key that the engine knows is looked at, with or without a stack file.
    """
    engine({"modelport:services": json.dumps({"digits": SMALLEST}), "modelport:servics": "{}", "aws:region": "x"})

    with pytest.raises(StackSettingsError) as caught:
        load_settings()

    assert "modelport:servics: unknown key; did you mean 'modelport:services'?" == str(caught.value)


def test_a_key_that_is_secret_for_no_visible_reason_is_refused(engine: Callable[..., None]) -> None:
    """
    A whole key that the engine calls secret, and that holds none of the secret fields, is an error; nothing is shown.
    """
    engine({"modelport:registry": '{"create": {"kind": "hunter2"}}', "modelport:allow_empty": "true"},
           ["modelport:registry"])  # fmt: skip

    with pytest.raises(StackSettingsError) as caught:
        load_settings()

    assert (
        "modelport:registry: is secret as a whole, but only modelport:services.<service>.keys.primary and "
        ".keys.secondary, and modelport:registries, are secrets\n"
        "modelport:registry.create.kind: must be 'layout' (the value is not shown)"
    ) == str(caught.value)


def test_a_registry_and_the_login_there_are_read(parse: Parse) -> None:
    """
    The password is encrypted in the file, and has no text form.
    """
    settings = parse("""
    config:
      modelport:registry: {existing: {store: oci://registry.example.com/team, pull_host: mirror.example.com}}
      modelport:registries: {registry.example.com: {username: ann, password: {secure: v1:abc}}}
      modelport:allow_empty: true
    """)

    assert settings.registry.existing is not None
    assert ("oci://registry.example.com/team", "mirror.example.com") == (
        settings.registry.existing.store,
        settings.registry.existing.pull_host,
    )
    login = settings.registries["registry.example.com"]
    assert ("ann", "decrypted-hunter2") == (login.username, login.password.get_secret_value())
    assert "hunter2" not in f"{settings!r} {settings.model_dump_json()}"
