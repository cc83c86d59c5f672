"""The part `bases` of `modelport.lock`: base images, by reference, platform, and what was asked of the interpreter."""

import re
from collections.abc import Mapping
from typing import Any, Final

from modelport.image.base import LockedBase
from modelport.store.descriptor import Descriptor

_SHA256: Final = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


def bases_document(bases: Mapping[str, LockedBase]) -> dict[str, object]:
    """Write *bases* as plain data; nothing at all when there are none, so that older locks stay as they are."""
    return {"bases": {key: _document(each) for key, each in bases.items()}} if bases else {}


def read_bases(document: Mapping[str, Any]) -> dict[str, LockedBase]:
    """Read what `bases_document` wrote; raises `ValueError`, `KeyError`, `TypeError` or `AttributeError`."""
    bases = {key: _base(key, each) for key, each in document.get("bases", {}).items()}
    for key, base in bases.items():
        if base.lock_key != key:
            msg = f"base {key!r} is of {base.lock_key!r}"
            raise ValueError(msg)
    return bases


def _document(base: LockedBase) -> dict[str, object]:
    return {
        "reference": base.reference,
        "platform": base.platform,
        **({"wanted": base.wanted} if base.wanted else {}),
        "digest": base.digest,
        "layers": [
            {**layer.document(), "diffId": diff_id} for layer, diff_id in zip(base.layers, base.diff_ids, strict=True)
        ],
        "environment": list(base.environment),
        "labels": dict(base.labels),
        "python": base.python,
        "pythonVersion": base.python_version,
        "libc": base.libc,
    }


def _base(key: str, document: Mapping[str, Any]) -> LockedBase:
    layers = tuple(Descriptor(each["mediaType"], each["digest"], int(each["size"])) for each in document["layers"])
    diff_ids = tuple(each["diffId"] for each in document["layers"])
    for digest in (document["digest"], *(layer.digest for layer in layers), *diff_ids):
        if not _SHA256.fullmatch(digest):
            msg = f"base {key!r} has {digest!r} for a digest"
            raise ValueError(msg)
    return LockedBase(
        reference=document["reference"],
        platform=document["platform"],
        digest=document["digest"],
        layers=layers,
        diff_ids=diff_ids,
        environment=tuple(document["environment"]),
        labels=dict(document["labels"]),
        python=document["python"],
        python_version=document["pythonVersion"],
        libc=document["libc"],
        size=sum(layer.size for layer in layers),
        wanted=document.get("wanted", ""),
    )
