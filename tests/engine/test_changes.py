"""Changes of a service in use, through the engine: none may cost a request."""

import joblib
import pytest
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

from tests.engine.dev_stack import DevStack, plain
from tests.loadgen import BackgroundLoad

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.alone]

KEYS_LINE = "      target: {kind: local, port:"


def change_script(stack: DevStack, number: int) -> None:
    """Have the script do the same in other words."""
    with (stack.root / "examples/diabetes/score.py").open("a") as script:
        script.write(f"# {number}\n")


def change_model(stack: DevStack, number: int) -> None:
    """Train the model again with another strength."""
    model = Ridge(alpha=0.1 * number).fit(*load_diabetes(return_X_y=True))
    joblib.dump(model, stack.root / "examples/diabetes/model/ridge.joblib")


def change_key(stack: DevStack, number: int) -> None:
    """Ask for a new secondary key."""
    file = stack.root / "Pulumi.dev.yaml"
    lines = [line for line in file.read_text().splitlines() if "secondary_generation" not in line]
    at = next(index for index, line in enumerate(lines) if line.startswith(KEYS_LINE))
    lines.insert(at, f"      keys: {{secondary_generation: {number}}}")
    file.write_text("\n".join(lines) + "\n")


def test_three_changes_of_each_kind_lose_nothing(dev_stack: DevStack, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Script, model and secondary key, three times each, at 200 requests a second: no request is lost.
    """
    dev_stack.up()
    key, old_key = dev_stack.key("diabetes"), dev_stack.key("diabetes", "secondary")
    body = (dev_stack.root / "examples/diabetes/sample-request.json").read_bytes()
    made = 0
    url = f"http://127.0.0.1:{dev_stack.port}/score"
    with BackgroundLoad(url, rate_per_s=205, key=key, body=body) as load:
        for number in (2, 3, 4):
            for change in (change_script, change_model, change_key):
                change(dev_stack, number)
                assert "updated" in plain(dev_stack.up())
                made += 1
    result = load.result
    with capsys.disabled():
        print(
            f"\n{made} changes through the engine, {result.sent} requests at {result.rate_per_s:.0f}/s,"
            f" {result.lost} lost, slowest answer {result.slowest_s * 1000:.0f} ms"
        )

    assert [] == result.failures
    assert 0 == result.lost
    assert 9 == made
    assert result.rate_per_s >= 200
    assert [401, 200] == [
        dev_stack.ask("diabetes", each).status for each in (old_key, dev_stack.key("diabetes", "secondary"))
    ]
