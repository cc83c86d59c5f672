"""An image that is served as it was built elsewhere: found by its digest, copied whole into the store."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelport_scoring import wire

from modelport.errors import CancelledError, InputError, ModelportError
from modelport.image.copy_blob import blob_chunks, taken_over
from modelport.image.find_image import find_image, open_source
from modelport.image.image_config import CONTENT_KEY_LABEL, MODELS_LABEL
from modelport.image.image_error import ImageError, blobs_named
from modelport.image.image_source import ImageSource, parse_image_source
from modelport.image.parse_manifest import INDEX_TYPES, checked_descriptor, listed, mapped, read_json
from modelport.image.platform_image import PlatformImage, manifests_of, read_platform_image
from modelport.image.stored_image import is_whole
from modelport.progress import Progress, silent
from modelport.store.descriptor import Descriptor
from modelport.store.reference import StoreLocation
from modelport.store.registries import Registries
from modelport.store.repository import Repository

PREBUILT: Final = "prebuiltReference"
"""The input that names the image."""

_KEY: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PrebuiltPlan:
    """What copying would put into the store; *findings* are one line each."""

    source: ImageSource
    descriptor: Descriptor
    """Of what the reference names: an image, or an index of images. Its digest stays the same in the store."""
    content_key: str
    """That of *image* where it has one, so that it is known again; otherwise its digest's 64 digits."""
    image: PlatformImage
    """What is wanted of it: the image of one platform."""
    findings: tuple[str, ...] = ()

    @property
    def tags(self) -> dict[str, Descriptor]:
        """What each tag will name: the content key names the image, and its digest's 64 digits an index."""
        own = {self.content_key: self.image.descriptor}
        is_index = self.descriptor.digest != self.image.descriptor.digest
        return {_digits(self.descriptor): self.descriptor, **own} if is_index else own

    @property
    def model_ids(self) -> list[str]:
        """``name:version`` of each model, as the image says; none where it does not."""
        try:
            said = listed(json.loads(self.image.labels.get(MODELS_LABEL, "")))
        except (ValueError, RecursionError):
            return []
        return [f"{each['name']}:{each['version']}" for each in map(mapped, said) if {"name", "version"} <= each.keys()]


def plan_prebuilt(
    reference: str,
    platform: str,
    root: Path,
    registries: Registries | None = None,
    copies: tuple[StoreLocation, str] | None = None,
) -> PrebuiltPlan:
    """
    Find the image *reference* and check that it is there for *platform* (``linux/amd64``); layers are not read.

    Where *copies* (a repository of a store) have it, nobody else is asked: the image may be gone from where it was
    built. Raises `InputError`.
    """
    try:
        source = parse_image_source(reference)
        if source.digest is None:
            raise ImageError(_needs_digest(source, root, registries))
        own = ImageSource(*copies, tag=None, digest=source.digest) if copies else None
        found = _found_copy(own, platform, root, registries) if own else None
        return found or _found(source, platform, root, registries)
    except CancelledError:
        raise
    except ModelportError as error:
        raise InputError(PREBUILT, str(error)) from error


def copy_prebuilt(
    plan: PrebuiltPlan,
    target: Repository,
    store: str,
    root: Path,
    progress: Progress = silent,
    registries: Registries | None = None,
) -> Descriptor:
    """
    Copy all that the digest of *plan* names into *target* of *store*, under the tags of *plan*.

    Every platform and attestation of an index goes along: only so the digest stays the same. What is there already is
    not read. Raises `ModelportError`; then the content key names what it named before.
    """
    copying = _Copying(
        plan.source, open_source(plan.source, root, registries), target, store, root, registries, progress
    )
    with blobs_named(str(plan.source)):
        copying.copy(plan.descriptor)
        for tag, named in plan.tags.items():
            target.put_manifest(named.media_type, copying.holder.manifest(named), tag)
    if not is_copied(plan, target):
        msg = f"image '{plan.source}' was copied, but its tag was taken by another writer: run the command again"
        raise ImageError(msg)
    return plan.descriptor


def is_copied(plan: PrebuiltPlan, target: Repository) -> bool:
    """Say whether *target* has what *plan* would copy, under its tags."""
    found = {tag: target.resolve(tag) for tag in plan.tags}
    named = all(each is not None and each.digest == plan.tags[tag].digest for tag, each in found.items())
    return named and is_whole(target, (*plan.image.layers, plan.image.config))


@dataclass(frozen=True)
class _Copying:
    source: ImageSource
    holder: Repository
    target: Repository
    store: str
    root: Path
    registries: Registries | None
    progress: Progress

    def copy(self, manifest: Descriptor, depth: int = 0) -> None:
        """Copy *manifest*, without a tag, after all that it names."""
        shown = str(self.source)
        document = read_json(self.holder, manifest, shown)
        if manifest.media_type in INDEX_TYPES:
            if depth:
                msg = f"image '{shown}' is an index of indexes, which is not copied: name one of them by its digest"
                raise ImageError(msg)
            for _, each in manifests_of(document, shown):
                self.copy(each, depth + 1)
        else:
            for each in (document.get("config"), *listed(document.get("layers"))):
                self._copy_blob(checked_descriptor(each, shown))
        self.target.put_manifest(manifest.media_type, self.holder.manifest(manifest))

    def _copy_blob(self, blob: Descriptor) -> None:
        if self.target.has(blob) or taken_over(blob, self.source, self.target, self.store, self.root, self.registries):
            return
        self.target.write(blob, blob_chunks(self.holder, blob, str(self.source)), self.progress)


def _found_copy(own: ImageSource, platform: str, root: Path, registries: Registries | None) -> PrebuiltPlan | None:
    try:
        found = _found(own, platform, root, registries)
    except CancelledError:
        raise
    except ModelportError:
        return None  # not there, or half there: the copy is made, or mended, from the source
    blobs = (*found.image.layers, found.image.config)
    return found if is_whole(open_source(own, root, registries), blobs) else None


def _found(source: ImageSource, platform: str, root: Path, registries: Registries | None) -> PrebuiltPlan:
    with blobs_named(str(source)):
        repository, descriptor = find_image(source, root, registries)
        image = read_platform_image(repository, descriptor, platform, str(source))
    key = image.labels.get(CONTENT_KEY_LABEL, "")
    findings = () if _KEY.fullmatch(key) else (_foreign(source),)
    return PrebuiltPlan(source, descriptor, _digits(image.descriptor) if findings else key, image, findings)


def _needs_digest(source: ImageSource, root: Path, registries: Registries | None) -> str:
    try:
        _, now = find_image(source, root, registries)
    except ModelportError as error:
        return f"image '{source}' has no digest, and none can be found ({error}): add '@sha256:<64 digits>'"
    return f"image '{source}' has no digest, and tags move: it is '{source.name}@{now.digest}' now"


def _digits(descriptor: Descriptor) -> str:
    return descriptor.digest.removeprefix("sha256:")


def _foreign(source: ImageSource) -> str:
    return f"image '{source}' was not made by Modelport: it must answer on port {wire.PORT}; its models are not known"
