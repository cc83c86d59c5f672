"""A base and models for tests of images: facts only, as the lock and the registry would give them."""

from modelport.image.base import LockedBase
from modelport.image.own_layers import ModelLayer
from modelport.store.descriptor import LAYER_TYPE, Descriptor, digest_of
from modelport.store.tar import TarEntry, tar_chunks

BASE = LockedBase(
    reference="registry.example.com/python:3.11-slim",
    platform="linux/amd64",
    digest="sha256:" + "b" * 64,
    layers=(Descriptor(f"{LAYER_TYPE}+gzip", "sha256:" + "c" * 64, 48_000_000),),
    diff_ids=("sha256:" + "d" * 64,),
    environment=("PATH=/usr/local/bin:/usr/bin", "GREETING=a=b"),
    labels={"com.example.licence": "free", "org.opencontainers.image.title": "python"},
    python="/usr/local/bin/python3.11",
    python_version="3.11",
    libc="2.36",
    size=48_000_000,
)


def model_layer(name: str, version: int) -> ModelLayer:
    """Make a registered model of one file."""
    data = b"".join(tar_chunks([TarEntry.of(f"var/azureml-app/models/{name}/weights.bin", b"weights")]))
    descriptor = Descriptor(LAYER_TYPE, digest_of(data), len(data))
    return ModelLayer(name, "sha256:" + "a" * 64, version, descriptor, lambda: [data])
