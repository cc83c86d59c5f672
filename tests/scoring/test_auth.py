"""Who may score."""

import hashlib
import json
from pathlib import Path

import pytest
from modelport_scoring.auth import Keys
from modelport_scoring.errors import StartError

from tests.scoring.caller import app_of, ask


def echo(data: str) -> object:
    return data


def write_keys(path: Path, primary: str, secondary: str) -> None:
    digests = [hashlib.sha256(key.encode()).hexdigest() for key in (primary, secondary)]
    temporary = path.with_name("new")
    temporary.write_text(json.dumps({"primary": digests[0], "secondary": digests[1]}))
    temporary.replace(path)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer one", 200),
        ("bearer two", 200),
        ("Bearer three", 401),
        ("Bearer ", 401),
        ("one", 401),
        ("Basic one", 401),
    ],
)
def test_only_a_known_key_may_score(tmp_path: Path, header: str, status: int) -> None:
    """
    Both keys score, anything else is refused; health and document need no key.
    """
    path = tmp_path / "keys.json"
    write_keys(path, "one", "two")
    app = app_of(echo, Keys(path))

    assert status == ask(app, headers=[("authorization", header)]).status
    assert [200, 200] == [ask(app, open_route, method="GET").status for open_route in ("/", "/swagger.json")]


def test_a_missing_key_is_explained(tmp_path: Path) -> None:
    """
    Without a key the answer is JSON and says which header to send.
    """
    path = tmp_path / "keys.json"
    write_keys(path, "one", "two")
    response = ask(app_of(echo, Keys(path)))

    assert (401, "Bearer") == (response.status, response.headers["www-authenticate"])
    assert "Authorization: Bearer <key>" in response.message


def test_a_rotated_key_works_at_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    A replaced keys file counts from the next request on; a broken one leaves the keys as they were.
    """
    path = tmp_path / "keys.json"
    write_keys(path, "one", "two")
    keys = Keys(path)
    write_keys(path, "one", "three")

    assert [True, False, True] == [keys.allows(f"Bearer {key}") for key in ("one", "two", "three")]
    path.write_text("{")
    assert keys.allows("Bearer three")
    assert "the keys stay as they were" in caplog.text
    path.unlink()
    assert keys.allows("Bearer three")


@pytest.mark.parametrize("text", ["", "[]", '{"primary": "x", "secondary": "y"}'])
def test_a_broken_keys_file_keeps_the_server_from_starting(tmp_path: Path, text: str) -> None:
    """
    A server without usable keys would be open or closed to everybody: it does not start.
    """
    path = tmp_path / "keys.json"
    path.write_text(text)

    with pytest.raises(StartError, match=r"the keys file .* cannot be used"):
        Keys(path)


def test_a_rotation_that_could_not_be_read_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    When reading fails for a moment, such as for want of descriptors, the new keys count from the next request on.
    """
    path = tmp_path / "keys.json"
    write_keys(path, "one", "two")
    keys = Keys(path)
    write_keys(path, "three", "four")

    def fail(_: Path) -> tuple[str, str]:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr("modelport_scoring.auth._read", fail)
        assert keys.allows("Bearer one")

    assert [False, True] == [keys.allows("Bearer one"), keys.allows("Bearer three")]


def test_keys_that_are_gone_do_not_flood_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    A file that cannot be read is told once, not at every request, and again after it could be.
    """
    path = tmp_path / "keys.json"
    write_keys(path, "one", "two")
    keys = Keys(path)
    for _ in range(2):
        path.unlink()
        for _ in range(3):
            assert keys.allows("Bearer one")
        write_keys(path, "one", "three")
        assert keys.allows("Bearer three")

    assert 2 == len(caplog.records)
