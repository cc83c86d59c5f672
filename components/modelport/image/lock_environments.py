"""Locking the dependencies of several images on several platforms: what `modelport lock` does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from modelport.errors import CancelledError, InputError, InvalidInputsError, ModelportError
from modelport.image.lock import Lock, LockedEnvironment, LockedPackage, read_lock
from modelport.image.platforms import Platform, parse_platform
from modelport.image.requirements import Requirements
from modelport.image.resolve import UnsatisfiableError, resolve
from modelport.image.unavailable import Places, unavailable
from modelport.image.write_lock import merge_lock
from modelport.progress import Progress, silent
from modelport.workspace import Workspace


@dataclass(frozen=True)
class WantedEnvironment:
    """What an image asks for: the script's requirements and the runtime's, as one set."""

    name: str
    """Of the image, which is that of the service."""
    requirements: Requirements
    places: Places = field(default_factory=dict)


def lock_environments(
    wanted: Iterable[WantedEnvironment],
    workspace: Workspace,
    platforms: Sequence[Platform],
    *,
    upgrade: bool = False,
    progress: Progress = silent,
) -> Lock:
    """
    Resolve all *wanted* environments on *platforms*, besides those that they are locked for, and write the lock.

    Locked versions stay where they still fit, unless *upgrade*. Nothing is written when one of them cannot be resolved:
    raises `InvalidInputsError` with the failures of each environment, by its name. Returns the whole lock.
    """
    current = read_lock(workspace.lock_file)
    additions: dict[str, LockedEnvironment] = {}
    failures: list[InputError] = []
    for each in wanted:
        try:
            additions[each.name] = _locked(each, current, workspace, platforms, upgrade=upgrade, progress=progress)
        except CancelledError:
            raise
        except InvalidInputsError as error:
            failures += [InputError(f"{each.name}.{one.property_path}", one.reason) for one in error.failures]
        except ModelportError as error:
            failures.append(InputError(each.name, str(error)))
    if failures:
        raise InvalidInputsError(failures)
    return merge_lock(workspace, additions)


def lock_environment(
    wanted: WantedEnvironment, current: Lock, workspace: Workspace, platform: Platform, progress: Progress = silent
) -> LockedEnvironment:
    """
    Resolve *wanted* on one more *platform*, with the versions of the platforms it has. Nothing is written.

    Raises `InvalidInputsError` with one failure per package that cannot be had, else `ModelportError`.
    """
    before = current.environments.get(wanted.name)
    preferred = _preferred(before, platform)
    packages = _resolved(wanted, platform, workspace, preferred, progress)
    return LockedEnvironment(wanted.requirements.lines(), {str(platform): packages})


def _locked(
    wanted: WantedEnvironment,
    current: Lock,
    workspace: Workspace,
    platforms: Sequence[Platform],
    *,
    upgrade: bool,
    progress: Progress,
) -> LockedEnvironment:
    before = current.environments.get(wanted.name)
    every = sorted({*platforms, *(parse_platform(text) for text in (before.platforms if before else ()))})
    locked: dict[str, tuple[LockedPackage, ...]] = {}
    newest: tuple[LockedPackage, ...] = ()
    for platform in every:
        preferred = newest if upgrade else _preferred(before, platform) or newest
        newest = _resolved(wanted, platform, workspace, preferred, progress)
        locked[str(platform)] = newest
    return LockedEnvironment(wanted.requirements.lines(), locked)


def _resolved(
    wanted: WantedEnvironment,
    platform: Platform,
    workspace: Workspace,
    preferred: tuple[LockedPackage, ...],
    progress: Progress,
) -> tuple[LockedPackage, ...]:
    try:
        return resolve(wanted.requirements, platform, workspace.root, preferred=preferred, progress=progress)
    except UnsatisfiableError:
        failures = unavailable(wanted.requirements, wanted.places, platform, workspace.root, progress)
        if not failures:  # each can be had by itself: they contradict each other, which the error tells
            raise
        raise InvalidInputsError(failures) from None


def _preferred(before: LockedEnvironment | None, platform: Platform) -> tuple[LockedPackage, ...]:
    if before is None or not before.platforms:
        return ()
    return before.platforms.get(str(platform)) or next(iter(before.platforms.values()))
