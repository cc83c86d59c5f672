"""Models in a registry, as the engine sees them; and the logins that it hands over."""

import json
from pathlib import Path

import grpc
import pytest
from modelport.provider.values import Properties, Secret, decode, encode
from modelport.store.descriptor import INDEX_TYPE
from modelport.store.login import Login
from modelport.store.registries import Registries
from pulumi.runtime.proto import provider_pb2 as messages

from tests.provider_process import ProviderProcess
from tests.services.fixtures import StartRegistry
from tests.services.registry import Registry

pytestmark = pytest.mark.slow

MODEL = "ModelVersion"


def _inputs(store: str) -> Properties:
    return {"store": store, "name": "digits", "path": "examples/digits/digits.onnx"}


def _configure(provider: ProviderProcess, logins: object) -> None:
    arguments = encode({"registries": Secret(json.dumps(logins)), "allow_empty": "false"})
    provider.stub.Configure(messages.ConfigureRequest(args=arguments, acceptSecrets=True))


def test_a_model_lives_in_a_registry(provider: ProviderProcess, registry: Registry) -> None:
    """
    Planned by reading only, registered once, unchanged afterwards; refresh finds it.
    """
    checked = provider.check(MODEL, "digits", _inputs(registry.store))
    planned = provider.create(MODEL, "digits", checked, preview=True)
    before = registry.storage.exists()
    created = provider.create(MODEL, "digits", checked)

    assert (False, planned) == (before, created)
    assert f"{registry.store}/models/digits@{checked['digest']}" == created["reference"]
    again = provider.check(MODEL, "digits", _inputs(registry.store), checked)
    assert set() == provider.diff(MODEL, "digits", checked, created, again).changes
    assert created == provider.read(MODEL, "digits", checked, created)


def test_an_overwritten_version_is_found(provider: ProviderProcess, registry: Registry) -> None:
    """
    A preview and a refresh look at what the number names now.
    """
    checked = provider.check(MODEL, "digits", _inputs(registry.store))
    created = provider.create(MODEL, "digits", checked)
    client = Registries().client(registry.host, plain=True)
    found = client.manifest("team/models/digits", "1")
    assert found is not None
    record = json.loads(found[1])
    record["annotations"]["vnd.modelport.model.metadata"] = record["annotations"][
        "vnd.modelport.model.metadata"
    ].replace('"description":null', '"description":"other"')
    client.put_manifest("team/models/digits", INDEX_TYPE, json.dumps(record).encode(), "1")
    again = provider.check(MODEL, "digits", _inputs(registry.store), checked)

    assert {"version"} == provider.diff(MODEL, "digits", checked, created, again).changes
    client.put_manifest("team/models/digits", INDEX_TYPE, b'{"schemaVersion":2,"manifests":[]}', "1")
    [(place, reason)] = provider.refusals(MODEL, "digits", _inputs(registry.store), checked)
    assert ("store", True) == (place, "digits:1 in store" in reason and "was overwritten" in reason)


def test_a_registry_that_is_not_there_is_one_line_at_preview(provider: ProviderProcess) -> None:
    """
    The refusal is about the property `store`, and says what to look at.
    """
    [(place, reason)] = provider.refusals(MODEL, "digits", _inputs("oci+http://127.0.0.1:9/team"))

    assert "store" == place
    assert reason.startswith("registry 127.0.0.1:9 cannot be reached: connection refused; check its name")
    assert "\n" not in reason


def test_configured_logins_open_a_registry_and_are_kept_nowhere(
    provider: ProviderProcess, start_registry: StartRegistry, project: Path
) -> None:
    """
    The login is the engine's to hand over; outputs and files have nothing of it.
    """
    registry = start_registry(users={"ann": "hunter2"})
    [(_, denied)] = provider.refusals(MODEL, "digits", _inputs(registry.store))
    _configure(provider, {registry.host: {"username": "ann", "password": "hunter2"}})
    checked = provider.check(MODEL, "digits", _inputs(registry.store))
    created = provider.create(MODEL, "digits", checked)

    assert "tried no credentials" in denied
    assert 1 == created["version"]
    assert "hunter2" not in f"{checked} {created}"
    assert [] == [path for path in project.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
    client = Registries({registry.host: Login("a test", "ann", "hunter2")}).client(registry.host, plain=True)
    assert ["1"] == client.tags("team/models/digits")


def test_logins_are_secret_in_the_state(provider: ProviderProcess) -> None:
    """
    What CheckConfig gives back is what the engine records: marked, even if it came in clear.
    """
    text = json.dumps({"registry.example.com": {"username": "ann", "password": "hunter2"}})
    answer = provider.stub.CheckConfig(messages.CheckRequest(news=encode({"registries": text, "services": "{}"})))

    assert {"registries": Secret(text), "services": "{}"} == decode(answer.inputs)


@pytest.mark.parametrize("logins", ["hunter2", {"registry.example.com": {"password": "hunter2"}}])
def test_logins_in_a_wrong_form_are_refused_without_being_shown(provider: ProviderProcess, logins: object) -> None:
    """
    Programs of other projects are not checked before they reach us.
    """
    with pytest.raises(grpc.RpcError) as error:
        _configure(provider, logins)

    assert "registries" in error.value.details()
    assert "hunter2" not in error.value.details()
