"""`modelport image`: write the image of one service to a folder or file, and print its digest."""

import argparse
import tempfile
from difflib import get_close_matches
from pathlib import Path

from modelport.cli.engine import Engine
from modelport.cli.project import find_project
from modelport.cli.settings import services
from modelport.errors import ModelportError
from modelport.image_mode import ARCHIVE, CONTEXT, IMAGE, IMAGE_DIGEST, IMAGE_FORM, IMAGE_TARGET, LAYOUT


def run(arguments: argparse.Namespace) -> int:
    """Run a preview that writes the image: only the program knows what an image holds. No service is touched."""
    project = find_project(arguments.cwd)
    engine = Engine(project, arguments.stack)
    engine.require_stack_file()
    known = services(project, arguments.stack)
    if arguments.service not in known:
        raise ModelportError(_unknown(arguments.service, arguments.stack, sorted(known)))
    forms: dict[str, Path | None] = {LAYOUT: arguments.out, ARCHIVE: arguments.archive, CONTEXT: arguments.context}
    [(form, target)] = [(form, path.absolute()) for form, path in forms.items() if path is not None]
    _refuse_taken(target)
    project.workspace.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=project.workspace.folder, prefix="image-") as temporary:
        digest = Path(temporary) / "digest"
        asked = {IMAGE: arguments.service, IMAGE_FORM: form, IMAGE_TARGET: str(target), IMAGE_DIGEST: str(digest)}
        engine.environment.update(asked)
        code = engine.change("preview", ["--suppress-outputs"])
        if code == 0:
            print(digest.read_text(encoding="utf-8"))  # noqa: T201 - a command speaks to its user
    return code


def _unknown(service: str, stack: str, known: list[str]) -> str:
    close = get_close_matches(service, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(known) or 'none'}"
    return f"stack {stack!r} has no service {service!r}: {hint}"


def _refuse_taken(target: Path) -> None:
    """Raise `ModelportError` when something would be written over."""
    if target.is_symlink() or target.is_file() or (target.is_dir() and any(target.iterdir())):
        msg = f"{target} holds something already: name a new path, or remove it first"
        raise ModelportError(msg)
