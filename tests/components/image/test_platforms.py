import pytest
from modelport.errors import ModelportError
from modelport.image.platforms import Platform, parse_platform, platform_of


@pytest.mark.parametrize(
    ("system", "machine", "expected"),
    [
        ("linux", "x86_64", "linux/amd64 cp311"),
        ("linux", "aarch64", "linux/arm64 cp311"),
        ("darwin", "arm64", "macos/arm64 cp311"),
        ("darwin", "x86_64", "macos/amd64 cp311"),
    ],
)
def test_a_machine_has_one_name(system: str, machine: str, expected: str) -> None:
    """
    Whatever a system calls its processor, a platform has one text.
    """
    assert expected == str(platform_of(system, machine, (3, 11)))


def test_windows_is_refused_with_a_way_out() -> None:
    """
    Scoring processes do not run on Windows itself.
    """
    with pytest.raises(ModelportError, match="WSL 2"):
        platform_of("win32", "AMD64", (3, 12))


def test_a_platform_is_read_back_from_its_text() -> None:
    """
    The keys of the lock are platforms.
    """
    assert Platform("linux", "arm64", "3.12") == parse_platform("linux/arm64 cp312")


@pytest.mark.parametrize("text", ["linux/amd64", "solaris/amd64 cp311", "linux/amd64 cp27", "linux/riscv64 cp311"])
def test_an_unknown_platform_is_refused(text: str) -> None:
    """
    A platform that no wheel is resolved for is an error that shows the form.
    """
    with pytest.raises(ModelportError, match="as in 'linux/amd64 cp311'"):
        parse_platform(text)
