"""Which files of a folder do not belong to a script."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pathspec import GitIgnoreSpec

AML_IGNORE: Final = ".amlignore"
GIT_IGNORE: Final = ".gitignore"
DOCKER_IGNORE: Final = ".dockerignore"
IGNORE_FILES: Final = frozenset({AML_IGNORE, GIT_IGNORE, DOCKER_IGNORE})
"""They say what belongs to the script and are no part of it: an edit that ignores nothing more changes no key."""

_ALWAYS: Final = frozenset({".git", "__pycache__", ".venv", ".modelport", ".DS_Store"}) | IGNORE_FILES


@dataclass(frozen=True)
class IgnoreRules:
    """The rules of one ignore file. Paths are relative to *folder*, itself relative to the script's root."""

    file: str
    folder: Path
    spec: GitIgnoreSpec
    prunes: bool
    """Whether an ignored folder is left unread: git's rule. Docker lets a later ``!`` bring back a file in it."""

    def verdict(self, path: Path, *, is_folder: bool) -> bool | None:
        """Say whether *path* (absolute) is ignored; ``None`` when no rule speaks of it."""
        relative = path.relative_to(self.folder).as_posix()
        return self.spec.check_file(f"{relative}/" if is_folder else relative).include


def is_always_ignored(path: Path) -> bool:
    """Say whether *path* is one of the names that are nobody's script: caches, repositories, our own folder."""
    return path.name in _ALWAYS or path.suffix == ".pyc"


def is_virtual_environment(folder: Path) -> bool:
    """Say whether *folder* is a Python environment, under any name: it holds this machine's paths."""
    return (folder / "pyvenv.cfg").is_file()


def ignoring_file(path: Path, rules: Sequence[IgnoreRules], *, is_folder: bool) -> str | None:
    """Name the ignore file that leaves *path* out; the last rule that speaks of it wins. ``None`` when none does."""
    decided: tuple[bool, str] = (False, "")
    for each in rules:
        if is_folder and not each.prunes:
            continue
        verdict = each.verdict(path, is_folder=is_folder)
        if verdict is not None:
            decided = (verdict, each.file)
    return decided[1] if decided[0] else None


def root_rules(source_directory: Path, project_root: Path) -> list[IgnoreRules]:
    """
    Read the rules that hold for all of *source_directory*.

    `.amlignore` there replaces `.gitignore`, as in Azure ML; `.gitignore` files count from *project_root* down.
    `.dockerignore` there counts besides. Raises `OSError` and `ValueError` (a pattern that cannot be read).
    """
    rules: list[IgnoreRules] = []
    if (source_directory / AML_IGNORE).is_file():
        rules.append(_read(source_directory, AML_IGNORE))
    else:
        for folder in _folders_between(project_root, source_directory):
            rules.extend(nested_rules(folder, rules))
    if (source_directory / DOCKER_IGNORE).is_file():
        rules.append(_read_docker(source_directory))
    return rules


def nested_rules(folder: Path, rules: Iterable[IgnoreRules]) -> list[IgnoreRules]:
    """Read the `.gitignore` of *folder*, unless `.amlignore` stands in for all of them among *rules*."""
    if not (folder / GIT_IGNORE).is_file() or any(each.file == AML_IGNORE for each in rules):
        return []
    return [_read(folder, GIT_IGNORE)]


def _folders_between(top: Path, bottom: Path) -> list[Path]:
    if not bottom.is_relative_to(top):
        return [bottom]
    steps = bottom.relative_to(top).parts
    return [top.joinpath(*steps[:count]) for count in range(len(steps) + 1)]


def _read(folder: Path, name: str) -> IgnoreRules:
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    return IgnoreRules(name, folder, GitIgnoreSpec.from_lines(lines), prunes=True)


def _read_docker(folder: Path) -> IgnoreRules:
    lines = (folder / DOCKER_IGNORE).read_text(encoding="utf-8").splitlines()
    patterns = [_anchored(line.strip()) for line in lines if line.strip() and not line.startswith("#")]
    prunes = not any(pattern.startswith("!") for pattern in patterns)
    return IgnoreRules(DOCKER_IGNORE, folder, GitIgnoreSpec.from_lines(patterns), prunes=prunes)


def _anchored(pattern: str) -> str:
    """Docker's patterns count from the folder's root, where git's without a slash count everywhere."""
    sign, body = ("!", pattern[1:].strip()) if pattern.startswith("!") else ("", pattern)
    return sign + (body if body.startswith(("/", "**/")) else f"/{body.removeprefix('./')}")
