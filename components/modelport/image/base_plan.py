"""Which base an image gets: what the lock says, or what its reference names now, checked."""

from dataclasses import dataclass

from modelport.errors import CancelledError, InputError, InvalidInputsError, ModelportError
from modelport.image.base import LockedBase, base_key
from modelport.image.base_catalog import DEFAULT, curated, refuse_gone
from modelport.image.base_checks import BASE, Asked, BaseFacts, check_base
from modelport.image.base_layers import readable_layer
from modelport.image.find_image import find_image
from modelport.image.image_error import blobs_named
from modelport.image.image_source import ImageSource, parse_image_source
from modelport.image.layer_listing import list_layer
from modelport.image.layer_tree import LayerTree
from modelport.image.lock import WAY_OUT, Lock
from modelport.image.platform_image import PlatformImage, read_platform_image
from modelport.progress import Progress, silent
from modelport.store.meter import Meter
from modelport.store.registries import Registries
from modelport.store.repository import Repository
from modelport.workspace import Workspace


@dataclass(frozen=True)
class _Wish:
    source: ImageSource
    asked: Asked
    wanted: str
    """What of *asked* the source leaves open: the lock has an entry for each answer."""


def plan_base(
    reference: str | None,
    platform: str,
    lock: Lock,
    workspace: Workspace,
    *,
    may_resolve: bool,
    asked: Asked = Asked(),  # noqa: B008 - frozen
    registries: Registries | None = None,
    progress: Progress = silent,
) -> tuple[LockedBase, bool]:
    """
    Find the base *reference* (a curated name, an image, or ``None`` for the default) for *platform* (``linux/amd64``).

    What *lock* has is taken as it is, whatever its tag names by now; an empty `Lock` reads it anew. What the lock lacks
    is read and checked when it *may* be (on a laptop, not where `CI` is set), and the second value is true: the
    build writes it (`modelport.image.write_lock.merge_lock`). Nothing is written to the lock here.

    Raises `InvalidInputsError` with camelCase paths, all problems at once.
    """
    try:
        wish = _meant(reference, asked)
        found = lock.bases.get(base_key(str(wish.source), platform, wish.wanted))
        if found is not None:
            return found, False
        if not may_resolve:
            raise _not_locked(wish.source, platform)
        repository, image = _image(wish.source, platform, workspace, registries, progress)
        return _checked(wish, repository, image, workspace, progress), True
    except (CancelledError, InvalidInputsError):
        raise
    except InputError as error:
        raise InvalidInputsError([error]) from None
    except ModelportError as error:
        raise InvalidInputsError([InputError(BASE, str(error))]) from error


def _not_locked(source: ImageSource, platform: str) -> InputError:
    return InputError(BASE, f"modelport.lock has no base '{source}' on {platform}: {WAY_OUT} and commit the file")


def _meant(reference: str | None, asked: Asked) -> _Wish:
    """Write out *reference*; a curated name chooses its tag by the Python that is asked for."""
    text = reference or DEFAULT
    refuse_gone(text)
    by_name = not {"/", ":", "@"} & set(text)
    source = parse_image_source(curated(text, asked.python) if by_name else text)
    return _Wish(source, asked, asked.interpreter_path or ("" if by_name else asked.python) or "")


def _image(
    source: ImageSource, platform: str, workspace: Workspace, registries: Registries | None, progress: Progress
) -> tuple[Repository, PlatformImage]:
    progress(f"reading base {source}")
    with blobs_named(str(source)):
        repository, descriptor = find_image(source, workspace.root, registries)
        return repository, read_platform_image(repository, descriptor, platform, str(source))


def _checked(
    wish: _Wish, repository: Repository, image: PlatformImage, workspace: Workspace, progress: Progress
) -> LockedBase:
    shown = str(wish.source)
    tree = LayerTree(wish.asked.wants)
    meter = Meter(f"checking base {shown}", image.size, progress)
    with blobs_named(shown):
        for layer, diff_id in zip(image.layers, image.diff_ids, strict=True):
            holder = readable_layer(repository, layer, shown, workspace, progress)
            with holder.open(layer) as stream:
                tree.add(list_layer(stream, layer, diff_id, tree, meter))
    facts, problems = check_base(tree, image.environment, wish.asked)
    if facts is None:
        raise InvalidInputsError([InputError(each.property_path, f"{shown!r} {each.reason}") for each in problems])
    return _locked(wish, image, facts)


def _locked(wish: _Wish, image: PlatformImage, facts: BaseFacts) -> LockedBase:
    return LockedBase(
        reference=str(wish.source),
        platform=image.platform,
        digest=image.descriptor.digest,
        layers=image.layers,
        diff_ids=image.diff_ids,
        environment=image.environment,
        labels=image.labels,
        python=facts.python.path,
        python_version=facts.python.version,
        libc=facts.libc,
        size=image.size,
        wanted=wish.wanted,
    )
