"""`modelport models list|show|pull|rm`: registered models at the command line."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from modelport.errors import ModelportError
from modelport.workspace import DEFAULT_STORE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from modelport.registry.version import RegisteredVersion, StoredContent
    from modelport.registry.versions import ModelVersions


class ModelId(NamedTuple):
    """A model by name, and a version of it or the latest."""

    name: str
    version: int | None


def add_models(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command group `models`; each command sets ``handler``: arguments in, exit code out."""
    group = subparsers.add_parser("models", help="registered models: list, show, pull, rm")
    commands = group.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="list versions, newest first")
    listing.add_argument("name", nargs="?", help="only this model")
    listing.add_argument("--tag", action="append", type=key_value, default=[], metavar="KEY[=VALUE]")
    listing.add_argument("--property", action="append", type=key_value, default=[], metavar="KEY[=VALUE]")
    listing.add_argument("--latest", action="store_true", help="only the newest version of each model")
    showing = commands.add_parser("show", help="show one version and its files")
    pulling = commands.add_parser("pull", help="copy the files of a version out of the store, verified")
    pulling.add_argument("--target-dir", type=Path, default=Path(), help="folder to put them in (default: here)")
    removing = commands.add_parser("rm", help="erase a version; refused while a service runs it")
    for command, handler in ((listing, _list), (showing, _show), (pulling, _pull), (removing, _remove)):
        command.add_argument("--store", default=DEFAULT_STORE, help="default: %(default)s")
        command.set_defaults(handler=handler)
    for command in (showing, pulling, removing):
        command.add_argument("model", type=model_id, metavar="NAME[:VERSION]")
    removing.add_argument("--force", action="store_true", help="in a registry, which does not know who runs a model")
    for command in (listing, showing):
        command.add_argument("--json", action="store_true", help="for programs")


def key_value(text: str) -> tuple[str, str | None]:
    """Read ``KEY=VALUE``, or ``KEY`` for any value."""
    key, equals, value = text.partition("=")
    return key, value if equals else None


def model_id(text: str) -> ModelId:
    """Read ``NAME`` or ``NAME:VERSION``. Raises `argparse.ArgumentTypeError`."""
    name, colon, version = text.partition(":")
    if colon and not (version.isascii() and version.isdecimal()):
        msg = f"{text!r}: a version is a number, such as {name}:1"
        raise argparse.ArgumentTypeError(msg)
    return ModelId(name, int(version) if colon else None)


def _list(args: argparse.Namespace) -> int:
    found = _versions(args.store).list(
        name=args.name, tags=dict(args.tag), properties=dict(args.property), latest=args.latest
    )
    if args.json:
        _print_json([_document(each) for each in found])
    else:
        _print_table(found)
    return 0


def _show(args: argparse.Namespace) -> int:
    versions = _versions(args.store)
    found = versions.get(args.model.name, args.model.version)
    content = versions.read_content(found.name, found.digest)
    document = _document(found) | {"files": [{"path": file.path, "size": file.size} for file in content.files]}
    if args.json:
        _print_json(document)
        return 0
    for key, value in document.items():
        if key != "files" and value not in (None, {}, []):
            _say(f"{key + ':':<19}{value if isinstance(value, str | int) else json.dumps(value)}")
    for file in content.files:
        _say(f"{'file:':<19}{file.path} ({file.size} bytes)")
    return 0


def _pull(args: argparse.Namespace) -> int:
    versions = _versions(args.store)
    found = versions.get(args.model.name, args.model.version)
    content = versions.read_content(found.name, found.digest)
    for path in _pull_into(versions, content, args.target_dir):
        _say(str(path))
    return 0


def _pull_into(versions: "ModelVersions", content: "StoredContent", target: Path) -> list[Path]:
    """Put the model's one top entry (a file or a folder) into *target*."""
    from modelport.store.errors import write_errors  # noqa: PLC0415  # the command line starts often, and in a hurry
    from modelport.store.temporary import remove_abandoned, temporary_folder  # noqa: PLC0415  # the same

    tops = sorted({target / file.parts[0] for file in content.files})
    for top in tops:
        if top.exists() or top.is_symlink():
            msg = f"{top} exists already; remove it or name another --target-dir"
            raise ModelportError(msg)
    with write_errors(target, content.size):
        target.mkdir(parents=True, exist_ok=True)
        prefix = f".{content.name}-"
        remove_abandoned(target, prefix)
        with temporary_folder(target, prefix) as folder:
            versions.unpack(content.name, content.digest, folder / "model", _tell)
            for top in tops:
                (folder / "model" / top.name).rename(top)
    return tops


def _remove(args: argparse.Namespace) -> int:
    name, version = args.model
    if version is None:
        msg = f"say which version of {name!r} to remove, such as {name}:1; `modelport models list {name}` shows them"
        raise ModelportError(msg)
    _versions(args.store).remove(name, version, _tell, force=args.force)
    _say(f"removed {name}:{version}")
    return 0


def _versions(store: str) -> "ModelVersions":
    from modelport.registry.open_versions import open_versions  # noqa: PLC0415  # the command line starts in a hurry

    return open_versions(store, Path.cwd())


def _document(version: "RegisteredVersion") -> dict[str, Any]:
    metadata = version.metadata
    resources = {
        "cpu": metadata.resources.cpu,
        "memory_gb": metadata.resources.memory_gb,
        "gpu": metadata.resources.gpu,
    }
    return {
        "name": version.name,
        "version": version.version,
        "id": version.model_id,
        "digest": version.digest,
        "created": version.created.isoformat(timespec="seconds"),
        "source_revision": version.source_revision,
        "framework": metadata.framework.value,
        "framework_version": metadata.framework_version,
        "description": metadata.description,
        "tags": dict(metadata.tags),
        "properties": dict(metadata.properties),
        "resources": {key: value for key, value in resources.items() if value is not None},
        "samples": {role: sample.digest for role, sample in metadata.samples.items()},
        "file_count": version.file_count,
        "size": version.size,
        "pickles": None if version.scan is None else asdict(version.scan),
    }


def _print_table(versions: "Sequence[RegisteredVersion]") -> None:
    rows = [("MODEL", "FRAMEWORK", "SIZE", "CREATED", "DIGEST")]
    for each in versions:
        created = each.created.strftime("%Y-%m-%d %H:%M")
        rows.append((each.model_id, each.metadata.framework.value, str(each.size), created, each.digest[:19]))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        _say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _print_json(document: object) -> None:
    _say(json.dumps(document, indent=2, ensure_ascii=False))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
