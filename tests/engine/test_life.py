"""The life of the dev stack: up, asked, unchanged, changed, repaired, down."""

import json
import os
import signal
import time

import pytest

from tests.engine.dev_stack import DevStack, plain

pytestmark = [pytest.mark.engine, pytest.mark.slow]


def test_up_gives_endpoints_that_answer(running: DevStack) -> None:
    """
    After `up` both services score, with either key, and only with a key.
    """
    endpoints = running.endpoints()

    assert {"diabetes", "digits"} == set(endpoints)
    assert {"scoring_url", "swagger_url", "health_url", "image", "models", "target"} == set(endpoints["diabetes"])
    for service in endpoints:
        assert 200 == running.ask(service, running.key(service, "primary")).status
        assert 200 == running.ask(service, running.key(service, "secondary")).status
        assert 401 == running.ask(service, "k" * 32).status


def test_the_second_up_changes_nothing(running: DevStack) -> None:
    """
    What is declared and what runs are the same: no change, no restart.
    """
    supervisors = [running.supervisor(service) for service in ("diabetes", "digits")]
    output = plain(running.up())

    assert "18 unchanged" in output
    assert supervisors == [running.supervisor(service) for service in ("diabetes", "digits")]


def test_keys_and_digests_are_known_at_preview(dev_stack: DevStack) -> None:
    """
    The preview of a new stack shows content key, model version, port and URL; only the keys are unknown.
    """
    output = plain(dev_stack.run("preview", "--", "--diff").stdout)

    assert "oci-layout:.modelport/store/images/diabetes:" in output
    assert '[0]: "diabetes:1"' in output
    assert f'scoring_url: "http://127.0.0.1:{dev_stack.port}/score"' in output
    assert not dev_stack.root.joinpath(".modelport/store").exists()


def test_a_changed_script_answers_after_up(dev_stack: DevStack) -> None:
    """
    A change of one line updates the image, the process and the component around it, and nothing else.
    """
    dev_stack.up()
    dev_stack.edit("examples/diabetes/score.py", "def run(", "VERSION = 2\n\n\ndef run(")
    output = plain(dev_stack.up())

    assert "~ 3 updated" in output
    assert "15 unchanged" in output
    assert 200 == dev_stack.ask("diabetes").status


def test_a_dead_supervisor_is_repaired_by_a_plain_up(dev_stack: DevStack) -> None:
    """
    `up` finds that the service does not run, though no setting has changed.
    """
    dev_stack.up()
    os.kill(dev_stack.supervisor("digits"), signal.SIGKILL)
    time.sleep(0.5)
    output = plain(dev_stack.up())

    assert "~ 1 updated" in output
    assert 200 == dev_stack.ask("digits").status


def test_refresh_shows_a_dead_service(dev_stack: DevStack) -> None:
    """
    After a refresh the state says that the service is stopped.
    """
    dev_stack.up()
    os.kill(dev_stack.supervisor("digits"), signal.SIGKILL)
    time.sleep(0.5)
    dev_stack.run("refresh")

    assert "stopped" == dev_stack.resources()["LocalProcess digits"]["outputs"]["state"]


def test_down_leaves_nothing_but_the_models(dev_stack: DevStack) -> None:
    """
    No process, no listening port, an empty stack, no run folder; the models stay, and nobody refers to them.
    """
    dev_stack.up()
    ports = [dev_stack.port_of(service) for service in ("diabetes", "digits")]
    dev_stack.down()

    assert [] == dev_stack.processes()
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            dev_stack.ask("digits", "k" * 32, port)
    assert {} == dev_stack.resources()
    assert [] == [path for path in dev_stack.root.glob(".modelport/run/*/*") if path.is_file()]
    models = json.loads(dev_stack.run("models", "list", "--json").stdout)
    assert ["diabetes", "digits"] == sorted(model["name"] for model in models)
    assert 0 == dev_stack.run("models", "rm", "digits:1").returncode


def test_a_model_in_use_cannot_be_removed(running: DevStack) -> None:
    """
    The store knows who runs a model, and names the service.
    """
    refused = running.run("models", "rm", "digits:1")

    assert 1 == refused.returncode
    assert "modelport/dev/digits" in refused.stdout


def test_logs_and_invoke_reach_the_service(running: DevStack) -> None:
    """
    The commands find log and URL by the service's name.
    """
    answer = running.run("invoke", "diabetes", "examples/diabetes/sample-request.json")

    assert 2 == len(json.loads(answer.stdout))
    assert 0 == running.run("logs", "diabetes", "-n", "5").returncode
