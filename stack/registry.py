"""The blocks `registry` and `registries`: where models and images are kept, and who we are there."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from modelport.store.errors import InvalidReferenceError
from modelport.store.reference import PLAIN_REGISTRY, REGISTRY, parse_store
from modelport.workspace import FOLDER
from pydantic import SecretStr, model_validator

from stack.block import Block
from stack.errors import REGISTRIES, Problem
from stack.fields import Matching, Secret, Text, broken
from stack.raw import mapping

HOST_PATTERN = r"[A-Za-z0-9]([A-Za-z0-9.\-]*[A-Za-z0-9])?(:[0-9]{1,5})?"


def store_fault(text: str) -> str | None:
    """Say what is wrong with the store string of a registry; ``None`` when nothing is."""
    try:
        scheme = parse_store(text).scheme
    except InvalidReferenceError as error:
        return str(error)
    return None if scheme in {REGISTRY, PLAIN_REGISTRY} else "must be 'oci://<host>/<prefix>'; a folder is `create`d"


def host_fault(text: str) -> str | None:
    """Say what is wrong with a registry's host; ``None`` when nothing is."""
    good = re.fullmatch(HOST_PATTERN, text, re.ASCII)
    return None if good else "must be a host, with its port if it has one, such as registry.example.com:5000"


class LayoutRegistry(Block):
    """A folder of the project, in the OCI image layout."""

    kind: Literal["layout"]
    """layout: a folder."""
    path: Annotated[str, Text()] = f"{FOLDER}/store"
    """The folder, relative to the project."""


class ExistingRegistry(Block):
    """A registry that somebody else runs."""

    store: Annotated[str, Matching(store_fault, "^oci(\\+http)?://.+$")]
    """Host, and the prefix of everything that is kept there: `oci://registry.example.com/team`."""
    pull_host: Annotated[str, Matching(host_fault, f"^{HOST_PATTERN}$")] | None = None
    """Host that clusters and containers pull from, when it is another one than models and images are pushed to."""


class RegistrySettings(Block):
    """Where models and images are kept: one of the two. Without it, a folder inside the project."""

    create: LayoutRegistry | None = None
    """Let this stack make the store."""
    existing: ExistingRegistry | None = None
    """Use a store that is there."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.create is not None and self.existing is not None:
            msg = "must be either create or existing, not both"
            raise broken(msg)
        return self


class RegistryLogin(Block):
    """A login at one registry. Without one, Azure's and Docker's own logins are looked for."""

    username: Annotated[str, Text()]
    """The user."""
    password: Annotated[SecretStr, Secret("text that is not empty", bool)]
    """Password or token; set it with `pulumi config set --secret --path`."""


def host_problems(values: Mapping[str, object]) -> Iterator[Problem]:
    """Yield every host of `registries` that is none; *values* by whole key."""
    for host in mapping(values.get(REGISTRIES)):
        fault = host_fault(host)
        if fault:
            yield Problem((REGISTRIES, host), f"found {host!r}; {fault}")
