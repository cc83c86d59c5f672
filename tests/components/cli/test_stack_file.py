from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelport.cli.stack_file import generate, has_own_secrets, with_secrets_of
from modelport.errors import ModelportError

SALT = "encryptionsalt: v1:QD4v4crwG+Y=:v1:fW91EXRgAZ61gaEC:74ONcQtwgYIbCfS4AZpUFfEVy90pNw==\n"
OTHER_SALT = "encryptionsalt: v1:other=\n"
SETTINGS = "config:\n  sample:version: 3.10   # as written\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Return a tracked file's path and its generated copy's."""
    (tmp_path / "Pulumi.dev.yaml").write_text(SETTINGS)
    return tmp_path / "Pulumi.dev.yaml", tmp_path / ".modelport" / "Pulumi.dev.yaml"


def test_the_copy_keeps_the_salt_through_every_change(files: tuple[Path, Path]) -> None:
    """
    Settings come from the tracked file, the salt from the earlier copy, which the engine has rewritten meanwhile.
    """
    tracked, generated = files
    generate(tracked, generated)
    generated.write_text('config:\n  sample:version: "3.1" # as written\n' + SALT)

    generate(tracked, generated)

    assert (SETTINGS, SETTINGS + SALT) == (tracked.read_text(), generated.read_text())


def test_an_unchanged_copy_is_not_written_again(files: tuple[Path, Path]) -> None:
    """
    A second run leaves the copy alone, and it is readable by its user only.
    """
    generate(*files)
    before = files[1].stat()

    generate(*files)

    assert (before.st_ino, before.st_mtime_ns) == (files[1].stat().st_ino, files[1].stat().st_mtime_ns)
    assert 0o600 == before.st_mode & 0o777


@pytest.mark.parametrize(
    "own",
    [
        SETTINGS + "  sample:key:\n    secure: v1:abc\n" + SALT,
        SETTINGS + "secretsprovider: azurekeyvault://vault/key\nencryptedkey: abc\n",
    ],
)
def test_a_file_with_its_own_secrets_keeps_its_own_lines(files: tuple[Path, Path], own: str) -> None:
    """
    Values encrypted with the tracked file's salt or key can be read with nothing else.
    """
    tracked, generated = files
    generated.parent.mkdir()
    generated.write_text(SETTINGS + OTHER_SALT)
    tracked.write_text(own)

    generate(tracked, generated)

    assert own == generated.read_text()


def test_a_salt_without_secrets_does_not_bind(files: tuple[Path, Path]) -> None:
    """
    A bare `pulumi up` leaves a salt in the tracked file; it is for another passphrase and is not taken over.
    """
    tracked, generated = files
    tracked.write_text(SETTINGS + SALT)
    generated.parent.mkdir()
    generated.write_text(SETTINGS + OTHER_SALT)

    generate(tracked, generated)

    assert SETTINGS + OTHER_SALT == generated.read_text()


def test_a_commented_secret_is_none() -> None:
    """
    Only a value counts, not a word in a comment.
    """
    assert not has_own_secrets("config: {} # secure: leaves are explained elsewhere\n")


def test_a_copy_that_cannot_be_written_is_one_line(files: tuple[Path, Path]) -> None:
    """
    The error names both files and the cause.
    """
    files[1].parent.write_text("a file")

    with pytest.raises(ModelportError, match=rf"cannot copy {files[0]} to {files[1]}: .*"):
        generate(*files)


LINES = st.lists(st.sampled_from(["config:", "  a: 1", "# note", "", "  encryptionsalt: nested"]), max_size=6)


@given(lines=LINES, ends=st.booleans())
def test_settings_and_secrets_never_mix(lines: list[str], ends: bool) -> None:  # noqa: FBT001 - hypothesis names it
    """
    Whatever the settings are, adding the salt twice is adding it once, and taking it out gives them back.
    """
    settings = "\n".join(lines) + ("\n" if ends else "")
    once = with_secrets_of(SALT, settings)

    assert once == with_secrets_of(once, once)
    assert settings.rstrip("\n") == with_secrets_of("", once).rstrip("\n")
    assert once.endswith("\n" + SALT) or once == SALT
