"""What a resource of this provider answers, apart from the wire."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from modelport.errors import CancelledError, ModelportError
from modelport.provider.inputs import Inputs
from modelport.provider.values import Properties
from modelport.registry.open_versions import open_versions
from modelport.registry.versions import ModelVersions
from modelport.stack_identity import StackIdentity
from modelport.store.open_repository import open_repository
from modelport.store.registries import Registries
from modelport.store.repository import Repository
from modelport.workspace import Workspace


@dataclass
class Session:
    """What lives as long as the provider process: one run of the engine."""

    workspace: Workspace
    cancelled: threading.Event = field(default_factory=threading.Event)
    planned: dict[tuple[str, ...], object] = field(default_factory=dict)
    """What Check has learned in this run and other resources ask for, such as models that a preview would register."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    registries: Registries = field(default_factory=Registries)
    """Connections and logins; Configure puts the configured ones in, and nothing writes them anywhere."""

    @property
    def project_root(self) -> Path:
        """The folder of `Pulumi.yaml`; relative paths start here."""
        return self.workspace.root

    def models_of(self, store: str) -> ModelVersions:
        """Open the models of *store*. Raises `modelport.store.errors.InvalidReferenceError`."""
        return open_versions(store, self.project_root, self.registries)

    def repository(self, store: str, name: str) -> Repository:
        """Open repository *name* of *store*. Raises `modelport.store.errors.InvalidReferenceError`."""
        return open_repository(store, name, self.project_root, self.registries)

    def claim(self, key: tuple[str, ...], owner: str) -> str | None:
        """Take *key* for *owner*, once a run; return who else has it already, if anyone."""
        with self.lock:
            holder = str(self.planned.setdefault(key, owner))
        return None if holder == owner else holder


@dataclass(frozen=True)
class Call:
    """One call of the engine about one resource."""

    session: Session
    urn: str
    name: str
    stack: StackIdentity
    log: Callable[[str, str], None]
    """Takes ``info``, ``warning`` or ``status`` (which replaces the last one on the resource's row), and a line."""

    def progress(self, line: str) -> None:
        """Show *line* on the resource's row; raises `CancelledError` once the user has cancelled."""
        if self.session.cancelled.is_set():
            raise CancelledError
        self.log("status", line)

    def warn(self, line: str) -> None:
        """Show *line* among the resource's diagnostics."""
        self.log("warning", line)


@dataclass(frozen=True)
class Difference:
    """What an update would change, by property name; *replaces* is the part that only a new resource can have."""

    changes: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False


class PartialCreateError(ModelportError):
    """The resource exists but does not work; the engine records it, so that the next update mends or removes it."""

    def __init__(self, resource_id: str, outputs: Properties, reason: str) -> None:
        super().__init__(reason)
        self.resource_id = resource_id
        self.outputs = outputs


class Resource(Protocol):
    """
    One resource type.

    Every method may raise `ModelportError`; what `check` raises as `InputError` or `InvalidInputsError` is shown at the
    property that it names. Outputs hold the inputs too, as the engine expects of native resources.
    """

    token: str

    def check(self, call: Call, olds: Inputs, news: Inputs) -> Properties:
        """Validate and complete the inputs; reads only. *olds* is empty for a new resource."""
        ...

    def diff(self, call: Call, olds: Inputs, outputs: Inputs, news: Inputs) -> Difference:
        """Compare checked inputs, and the world with what was recorded."""
        ...

    def plan(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:
        """Foretell the outputs of a create (*outputs* empty) or update; what cannot be known is ``UNKNOWN``."""
        ...

    def create(self, call: Call, news: Inputs) -> tuple[str, Properties]:
        """Make the resource; return its id and outputs."""
        ...

    def update(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:
        """Change the resource in place; return its outputs."""
        ...

    def read(self, call: Call, inputs: Inputs, outputs: Inputs) -> Properties | None:
        """Return the outputs as they are in the world; ``None`` when the resource is gone."""
        ...

    def delete(self, call: Call, outputs: Inputs) -> None:
        """Remove the resource; gone already is no error."""
        ...
