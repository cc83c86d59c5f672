"""An image that is served as it was built elsewhere: found by its digest, copied whole into the store."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelport_scoring import wire

from modelport.errors import CancelledError, InputError, ModelportError
from modelport.image.copy_blob import blob_chunks, taken_over
from modelport.image.find_image import find_image, open_source
from modelport.image.image_error import ImageError, blobs_named
from modelport.image.image_source import ImageSource, parse_image_source
from modelport.image.parse_manifest import INDEX_TYPES, checked_descriptor, listed, read_json
from modelport.image.platform_image import PlatformImage, manifests_of, read_platform_image
from modelport.progress import Progress, silent
from modelport.store.descriptor import Descriptor
from modelport.store.registries import Registries
from modelport.store.repository import Repository

PREBUILT: Final = "prebuiltReference"
"""The input that names the image."""
CONTENT_KEY_LABEL: Final = "vnd.modelport.content-key"

_KEY: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PrebuiltPlan:
    """What copying would put into the store; *findings* are one line each."""

    source: ImageSource
    descriptor: Descriptor
    """Of what the reference names: an image, or an index of images. Its digest stays the same in the store."""
    content_key: str
    """The image's own where it has one, so that it is known again; otherwise the digest's 64 digits."""
    image: PlatformImage
    """What is wanted of it: the image of one platform."""
    findings: tuple[str, ...] = ()

    @property
    def labels(self) -> Mapping[str, str]:
        """Labels of the image."""
        return self.image.labels


def plan_prebuilt(reference: str, platform: str, root: Path, registries: Registries | None = None) -> PrebuiltPlan:
    """
    Find the image *reference* and check that it is there for *platform* (``linux/amd64``); layers are not read.

    Raises `InputError`.
    """
    try:
        source = parse_image_source(reference)
        if source.digest is None:
            raise ImageError(_needs_digest(source, root, registries))
        with blobs_named(str(source)):
            repository, descriptor = find_image(source, root, registries)
            image = read_platform_image(repository, descriptor, platform, str(source))
    except CancelledError:
        raise
    except ModelportError as error:
        raise InputError(PREBUILT, str(error)) from error
    key = image.labels.get(CONTENT_KEY_LABEL, "")
    findings = () if _KEY.fullmatch(key) else (_foreign(source),)
    # An index stands for images with several keys: it goes by its own digest.
    own_key = key if not findings and image.descriptor.digest == descriptor.digest else ""
    content_key = own_key or descriptor.digest.removeprefix("sha256:")
    return PrebuiltPlan(source, descriptor, content_key, image, findings)


def copy_prebuilt(
    plan: PrebuiltPlan,
    target: Repository,
    store: str,
    root: Path,
    progress: Progress = silent,
    registries: Registries | None = None,
) -> Descriptor:
    """
    Copy all that the digest of *plan* names into *target* of *store*, under its content key as tag.

    Every platform and attestation of an index goes along: only so the digest stays the same. What is there already is
    not read. Raises `ModelportError`; then the tag names what it named before.
    """
    copying = _Copying(
        plan.source, open_source(plan.source, root, registries), target, store, root, registries, progress
    )
    with blobs_named(str(plan.source)):
        copying.copy(plan.descriptor, plan.content_key)
    written = target.resolve(plan.content_key)
    if written is None or written.digest != plan.descriptor.digest:
        msg = f"image '{plan.source}' was copied, but its tag was taken by another writer: run the command again"
        raise ImageError(msg)
    return written


@dataclass(frozen=True)
class _Copying:
    source: ImageSource
    holder: Repository
    target: Repository
    store: str
    root: Path
    registries: Registries | None
    progress: Progress

    def copy(self, manifest: Descriptor, tag: str | None, depth: int = 0) -> None:
        """Copy *manifest* after all that it names."""
        shown = str(self.source)
        document = read_json(self.holder, manifest, shown)
        if manifest.media_type in INDEX_TYPES:
            if depth:
                msg = f"image '{shown}' is an index of indexes, which is not copied: name one of them by its digest"
                raise ImageError(msg)
            for _, each in manifests_of(document, shown):
                self.copy(each, None, depth + 1)
        else:
            for each in (document.get("config"), *listed(document.get("layers"))):
                self._copy_blob(checked_descriptor(each, shown))
        self.target.put_manifest(manifest.media_type, self.holder.manifest(manifest), tag)

    def _copy_blob(self, blob: Descriptor) -> None:
        if self.target.has(blob) or taken_over(blob, self.source, self.target, self.store, self.root, self.registries):
            return
        self.target.write(blob, blob_chunks(self.holder, blob, str(self.source)), self.progress)


def _needs_digest(source: ImageSource, root: Path, registries: Registries | None) -> str:
    try:
        _, now = find_image(source, root, registries)
    except ModelportError as error:
        return f"image '{source}' has no digest, and none can be found ({error}): add '@sha256:<64 digits>'"
    return f"image '{source}' has no digest, and tags move: it is '{source.name}@{now.digest}' now"


def _foreign(source: ImageSource) -> str:
    return f"image '{source}' was not made by Modelport: it must answer on port {wire.PORT}; its models are not known"
