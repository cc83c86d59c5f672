"""What each mistake in a stack file is answered with, word for word."""

from collections.abc import Callable
from pathlib import Path
from textwrap import indent

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stack.errors import StackSettingsError
from stack.settings import StackSettings, parse_settings

Parse = Callable[[str], StackSettings]

MODEL = "models: [{name: m, path: m.onnx}]"
TARGET = "target: {kind: local}"
S = "modelport:services.digits"

MISTAKES = yaml.safe_load(Path(__file__).with_name("mistakes.yaml").read_text())


def message(parse: Parse, text: str) -> str:
    """
    Return what is said of a stack file with *text* as its configuration, from the left margin.
    """
    with pytest.raises(StackSettingsError) as caught:
        parse("config:\n" + indent(text, "  "))
    return str(caught.value)


@pytest.mark.parametrize("case", MISTAKES, ids=[case["mistake"] for case in MISTAKES])
def test_a_mistake_is_said_in_one_line(parse: Parse, case: dict[str, str]) -> None:
    """
    Each mistake gives one line: path, value, rule, and what was probably meant.
    """
    config = case["config"] if "config" in case else f"modelport:services: {{digits: {{{case['service'].strip()}}}}}"

    assert case["says"] == message(parse, config)


def test_all_mistakes_are_said_at_once_in_the_order_of_their_paths(parse: Parse) -> None:
    """
    Mistakes of one key, between keys and between services come together; list positions are sorted as numbers.
    """
    models = ", ".join(f"{{name: m{position}, path: ''}}" for position in range(11))
    text = (
        "modelport:allow_empty: perhaps\nmodelport:services:\n"
        f"  two: {{models: [{models}], target: {{kind: local, port: 80}}, inference: {{source_directory: s}}}}\n"
        f"  one: {{{MODEL}, target: {{kind: local, port: 80, workers: 0}}, inference: {{entryscript: s.py}}}}\n"
        f"  three: {{{MODEL}, target: {{kind: local, port: 80}}}}"
    )

    paths = [line.partition(": ")[0] for line in message(parse, text).splitlines()]

    assert [
        "modelport:allow_empty",
        "modelport:services.one.inference.entryscript",
        "modelport:services.one.target.workers",
        "modelport:services.three.target.port",
        "modelport:services.two.inference.entry_script",
        *(f"modelport:services.two.models[{position}].path" for position in range(11)),
    ] == paths


def test_more_than_a_thousand_models_are_refused() -> None:
    """
    A service has at most 1000 models.
    """
    models = [{"name": f"m{number}", "path": "m"} for number in range(1001)]
    service = {"models": models, "target": {"kind": "local"}, "inference": {"entry_script": "s.py"}}

    with pytest.raises(StackSettingsError) as caught:
        parse_settings({"modelport:services": {"digits": service}})

    assert f"{S}.models: found 1001 models; a service has 1 to 1000" == str(caught.value)


def test_a_path_is_written_as_config_set_takes_it(parse: Parse) -> None:
    """
    Keys with other characters than letters, digits, '-' and '_' are quoted, as `pulumi config set --path` wants them.
    """
    text = f"modelport:services: {{digits: {{models: [{{name: m, path: m, tags: {{a.b: 1.5}}}}], {TARGET}}}}}"

    assert message(parse, text).startswith('modelport:services.digits.models[0].tags["a.b"]: ')


@given(st.text(st.characters(codec="utf-8"), min_size=8), st.sampled_from(["primary", "secondary", "primry", "other"]))
def test_no_message_holds_a_key(key: str, field: str) -> None:
    """
    Whatever stands among the keys, and however wrong it is, no message shows it.
    """
    secret = f"<{key} >"  # the space makes it wrong
    service = {"models": [], "target": {"kind": "local"}, "keys": {field: secret, "primary_generation": secret}}
    stack_file = {"config": {"modelport:services": {"digits": {"keys": {"primary_generation": {"secure": "v1:abc"}}}}}}

    with pytest.raises(StackSettingsError) as caught:
        parse_settings({"modelport:services": {"digits": service}}, stack_file=stack_file)

    assert secret not in str(caught.value)
    assert repr(secret)[1:-1] not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["models", "name", "path", "inference", "environment", "target", "keys", "primary", "kind", "port", "tags"]
ANYTHING = st.recursive(JSON, lambda inner: st.dictionaries(st.sampled_from(FIELDS), inner) | st.lists(inner))


@pytest.mark.slow
@given(ANYTHING, ANYTHING, ANYTHING)
def test_whatever_is_written_is_answered_with_findings(service: object, registry: object, other: object) -> None:
    """
    No value of any form makes reading fail in another way than with findings, one line each.
    """
    values = {"modelport:services": {"digits": service}, "modelport:registry": registry, "modelport:other": other}

    with pytest.raises(StackSettingsError) as caught:
        parse_settings(values, stack_file={"config": values})

    assert all(str(problem).startswith("modelport:") for problem in caught.value.problems)
    assert len(caught.value.problems) == len(str(caught.value).splitlines())
