from collections.abc import Callable
from pathlib import Path

import pytest
from modelport.errors import CancelledError, ModelportError
from modelport.image.lock import LockedPackage
from modelport.image.platforms import Platform
from modelport.image.requirements import Requirements
from modelport.image.resolve import parse_packages, resolve
from modelport.image.uv_process import UvResult, run_uv, uv_environment
from modelport.progress import silent

MakeWheel = Callable[..., Path]


def _wheelhouse(*packages: str) -> Requirements:
    return Requirements(packages, "none", (), ("wheels",))


def _versions(packages: tuple[LockedPackage, ...]) -> dict[str, str]:
    return {each.name: each.version for each in packages}


def test_a_wheelhouse_is_enough(project: Path, platform: Platform, make_wheel: MakeWheel) -> None:
    """
    Without any index, wheels and what they depend on are found and hashed.
    """
    make_wheel("alpha", "1.0", requires=("beta>=2",))
    make_wheel("beta", "2.1")
    make_wheel("beta", "1.9")

    packages = resolve(_wheelhouse("alpha"), platform, project)

    assert _versions(packages) == {"alpha": "1.0", "beta": "2.1"}
    assert [len(each.hashes) for each in packages] == [1, 1]


def test_preferred_versions_are_kept_where_they_fit(project: Path, platform: Platform, make_wheel: MakeWheel) -> None:
    """
    A lock does not move forward unasked, and moves where it must.
    """
    for version in ("1.0", "1.1", "2.0"):
        make_wheel("alpha", version)
    old = [LockedPackage("alpha", "1.0", ())]

    assert _versions(resolve(_wheelhouse("alpha"), platform, project, preferred=old)) == {"alpha": "1.0"}
    assert _versions(resolve(_wheelhouse("alpha>=2"), platform, project, preferred=old)) == {"alpha": "2.0"}
    assert _versions(resolve(_wheelhouse("alpha"), platform, project)) == {"alpha": "2.0"}


def test_another_platform_is_resolved_from_here(project: Path, make_wheel: MakeWheel) -> None:
    """
    Wheels are chosen for the platform that is asked for, not for this machine.
    """
    make_wheel("alpha", "1.0", tag="cp312-cp312-macosx_11_0_arm64")
    mac = Platform("macos", "arm64", "3.12")

    assert _versions(resolve(_wheelhouse("alpha"), mac, project)) == {"alpha": "1.0"}
    with pytest.raises(ModelportError, match=r"'alpha' has no wheel for linux/amd64 cp312"):
        resolve(_wheelhouse("alpha"), Platform("linux", "amd64", "3.12"), project)


def test_a_version_that_is_not_there_names_the_one_that_is(
    project: Path, platform: Platform, make_wheel: MakeWheel
) -> None:
    """
    The error names what was asked and what is possible.
    """
    make_wheel("alpha", "1.0")

    with pytest.raises(ModelportError, match=r"^package 'alpha' \(asked: alpha==9\) .* can have is 1\.0$"):
        resolve(_wheelhouse("alpha==9"), platform, project)


def test_a_package_that_is_not_there_is_an_error(project: Path, platform: Platform, make_wheel: MakeWheel) -> None:
    """
    The wheelhouse is named, since there is no index.
    """
    make_wheel("alpha", "1.0")

    with pytest.raises(ModelportError, match=r"^package 'gamma' is not in the wheelhouse \(wheels\)"):
        resolve(_wheelhouse("gamma"), platform, project)


def test_only_the_hashes_a_requirement_allows_are_locked(
    project: Path, platform: Platform, make_wheel: MakeWheel
) -> None:
    """
    A hash in the requirement file restricts the lock; one that no file has is an error.
    """
    make_wheel("alpha", "1.0")
    found = resolve(_wheelhouse("alpha"), platform, project)[0].hashes[0]

    assert (found,) == resolve(_wheelhouse(f"alpha --hash={found}"), platform, project)[0].hashes
    with pytest.raises(ModelportError, match=r"alpha 1\.0: no file of the index has a hash"):
        resolve(_wheelhouse(f"alpha --hash=sha256:{'0' * 64}"), platform, project)


def test_an_unreachable_index_is_named(project: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A refused connection becomes one line with the host.
    """
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")

    with pytest.raises(ModelportError, match=r"^package index 127\.0\.0\.1 cannot be reached"):
        resolve(Requirements(("alpha",), "http://127.0.0.1:9/simple"), platform, project)


def test_nothing_is_needed_for_nothing(project: Path, platform: Platform) -> None:
    """
    An empty set of requirements resolves to no packages.
    """
    assert resolve(Requirements(index_url="none"), platform, project) == ()


def test_leaving_ends_the_resolver(project: Path, platform: Platform, make_wheel: MakeWheel) -> None:
    """
    When the user has left, nothing more is done.
    """
    make_wheel("alpha", "1.0")

    def leave(_line: str) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        resolve(_wheelhouse("alpha"), platform, project, progress=leave)


@pytest.mark.parametrize(
    "package",
    [
        'version = "1.0"\nwheels = [{ url = "https://example.com/a-1.0-py3-none-any.whl", hashes = {} }]',
        'version = "1.0"\nsdist = { path = "a-1.0.tar.gz" }',
        'directory = { path = "a" }',
    ],
)
def test_what_has_no_hash_is_an_error(package: str) -> None:
    """
    Whatever the resolver gives that is no wheel with a hash is never dropped silently.
    """
    with pytest.raises(ModelportError, match=r"^package 'a' cannot be locked"):
        parse_packages(f'lock-version = "1.0"\n[[packages]]\nname = "a"\n{package}\n')


def test_only_wheels_for_the_platform_are_locked(project: Path, make_wheel: MakeWheel) -> None:
    """
    A wheel for other machines, added later to an index, changes no lock and no key.
    """
    make_wheel("alpha", "1.0", tag="cp311-cp311-manylinux_2_17_x86_64")
    before = resolve(_wheelhouse("alpha"), Platform("linux", "amd64", "3.11"), project)
    make_wheel("alpha", "1.0", tag="cp311-cp311-manylinux_2_17_aarch64")

    after = resolve(_wheelhouse("alpha"), Platform("linux", "amd64", "3.11"), project)

    assert before == after
    assert len(after[0].hashes) == 1


def test_uv_learns_no_secrets_and_nothing_that_changes_a_resolution() -> None:
    """
    It gets places, proxies and index credentials, but not the rest of the environment.
    """
    given = {
        "HOME": "/home/user",
        "UV_INDEX_PRIVATE_PASSWORD": "for uv",
        "UV_PRERELEASE": "allow",
        "PULUMI_CONFIG_PASSPHRASE": "hunter2",
    }

    passed = uv_environment(given)

    assert {"HOME", "UV_INDEX_PRIVATE_PASSWORD"} == passed.keys() & given.keys()


def test_credentials_in_uvs_words_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An index URL from the environment may hold a password, which no message shows.
    """
    talkative = tmp_path / "uv"
    talkative.write_text("#!/bin/sh\necho 'no answer from https://user:hunter2@example.com/simple' >&2\nexit 1\n")
    talkative.chmod(0o755)
    monkeypatch.setattr("uv.find_uv_bin", lambda: str(talkative))

    result = run_uv(["pip", "compile"], tmp_path, silent, "resolving")

    assert UvResult(succeeded=False, problem="no answer from https://example.com/simple\n") == result
