"""A public client of the protocol against a running server: tritonclient."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from tests.scoring.conftest import Service

pytestmark = pytest.mark.slow


@pytest.fixture
def client(service: Service, models: Path) -> Iterator[triton.InferenceServerClient]:
    """Serve the models by a supervised process, and connect to it."""
    service.ask(command=[sys.executable, "-P", "-m", "modelport_scoring", "--model_dir", str(models)])
    service.start().wait("serving")
    with triton.InferenceServerClient(f"127.0.0.1:{service.port}", network_timeout=20) as client:
        yield client


def floats(values: list[Any]) -> np.ndarray:
    """Give an array of float32."""
    return np.asarray(values, dtype=np.float32)


def inputs_of(**arrays: np.ndarray) -> list[triton.InferInput]:
    """Make the client's inputs of float32 and texts."""
    inputs = []
    for name, array in arrays.items():
        inputs.append(triton.InferInput(name, array.shape, "BYTES" if array.dtype == object else "FP32"))
        inputs[-1].set_data_from_numpy(array, binary_data=name != "b")
    return inputs


def test_the_client_sees_server_and_models(client: triton.InferenceServerClient) -> None:
    """
    Health, readiness and metadata are what the client expects.
    """
    states = client.is_server_live(), client.is_server_ready(), client.is_model_ready("sum"), client.is_model_ready("x")
    metadata = client.get_model_metadata("sum", "1")

    assert (True, True, True, False) == states
    assert ["binary_tensor_data"] == client.get_server_metadata()["extensions"]
    assert ["a", "b", "note"] == [each["name"] for each in metadata["inputs"]]


@pytest.mark.parametrize("is_binary", [True, False])
def test_the_client_infers(client: triton.InferenceServerClient, *, is_binary: bool) -> None:
    """
    Tensors as bytes and as JSON give the same, texts included, both ways.
    """
    texts = np.asarray(["ä", "", "long" * 1000], dtype=object)
    inputs = inputs_of(a=floats([1, 2]), b=floats([10, 20]), note=texts)
    outputs = [triton.InferRequestedOutput(name, binary_data=is_binary) for name in ("said", "total")]
    result = client.infer("sum", inputs, outputs=outputs, request_id="7")

    assert [11, 22] == result.as_numpy("total").tolist()
    said = [each.decode() if isinstance(each, bytes) else each for each in result.as_numpy("said").tolist()]
    assert texts.tolist() == said
    assert "7" == result.get_response()["id"]


def test_the_client_may_ask_for_everything_as_bytes(client: triton.InferenceServerClient) -> None:
    """
    Without named outputs the client asks for all of them, as bytes.
    """
    data = triton.InferInput("data", (2, 2), "FP32")
    data.set_data_from_numpy(floats([[0, 0], [9, 9]]))
    result = client.infer("flowers", [data])

    assert [b"rose", b"lily"] == result.as_numpy("predict").tolist()


def test_the_client_asks_in_parallel(client: triton.InferenceServerClient) -> None:
    """
    Several requests at a time, on connections that stay open, are all answered.
    """
    inputs = inputs_of(a=floats([1]), b=floats([2]), note=np.asarray(["x"], dtype=object))
    waiting = [client.async_infer("sum", inputs, request_id=str(number)) for number in range(20)]
    answers = [each.get_result(timeout=20) for each in waiting]

    assert [str(number) for number in range(20)] == [answer.get_response()["id"] for answer in answers]
    assert {3.0} == {answer.as_numpy("total").item() for answer in answers}


def test_the_client_reads_errors(client: triton.InferenceServerClient) -> None:
    """
    The client's exception has the server's reason.
    """
    wrong = inputs_of(a=floats([[1]]), b=floats([2]), note=np.asarray(["x"], dtype=object))

    with pytest.raises(InferenceServerException, match=r"Input 'a' has shape \(1, 1\); expected \(any\)") as raised:
        client.infer("sum", wrong)
    assert "400" == raised.value.status()
    with pytest.raises(InferenceServerException, match="There is no model 'x'"):
        client.get_model_metadata("x")
