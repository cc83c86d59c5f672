"""Where a service of this machine keeps its files: one folder per stack and service under `.modelport/run/`."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from modelport.errors import ModelportError
from modelport.files import replace_file
from modelport.local.machine import Machine
from modelport.stack_identity import StackIdentity
from modelport.workspace import Workspace

_SCHEMA = 1


@dataclass(frozen=True)
class Record:
    """What runs, where: *digest* is of the inputs that it serves, empty while a change is under way."""

    machine: Machine
    generation: int
    digest: str


@dataclass(frozen=True)
class RunFolder:
    """The files of one service."""

    folder: Path

    @property
    def spec(self) -> Path:
        """What the supervisor runs."""
        return self.folder / "spec.json"

    @property
    def status(self) -> Path:
        """What the supervisor says of itself."""
        return self.folder / "status.json"

    @property
    def keys(self) -> Path:
        """sha256 of the two keys, mode 0600."""
        return self.folder / "keys.json"

    @property
    def log(self) -> Path:
        """What the service prints."""
        return self.folder / "service.log"

    @property
    def links(self) -> Path:
        """Model folders under the names and versions that scripts expect."""
        return self.folder / "links"

    @property
    def home(self) -> Path:
        """The service's home folder, for libraries that keep caches in one."""
        return self.folder / "home"

    @property
    def _record(self) -> Path:
        return self.folder / "record.json"

    def read(self) -> Record | None:
        """Read the record; ``None`` when there is none. Raises `ModelportError` when it is damaged."""
        try:
            data = json.loads(self._record.read_text())
            machine = Machine(data["machine"]["id"], data["machine"]["name"])
            return Record(machine, int(data["generation"]), str(data["digest"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            msg = f"{self._record} is damaged; delete the folder {self.folder} and run `pulumi up` again"
            raise ModelportError(msg) from None

    def write(self, record: Record) -> None:
        """Replace the record."""
        machine = {"id": record.machine.id, "name": record.machine.name}
        document = {"schema": _SCHEMA, "machine": machine, "generation": record.generation, "digest": record.digest}
        write_document(self._record, document)

    def remove(self) -> None:
        """Remove the folder with all it holds; gone already is no error."""
        shutil.rmtree(self.folder, ignore_errors=False, onerror=_unless_gone)


def run_folder(workspace: Workspace, stack: StackIdentity, service: str) -> RunFolder:
    """Find the folder of *service* in *stack*; nothing is made."""
    return RunFolder(workspace.run / stack.label / service)


def write_document(path: Path, document: object) -> None:
    """Write JSON by atomic replacement; raises `ModelportError` when the disk is full or not writable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(path, json.dumps(document, indent=1, sort_keys=True))
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}; make room or make the folder writable, then run again"
        raise ModelportError(msg) from error


def digest_of(document: object) -> str:
    """sha256 of *document* as canonical JSON."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _unless_gone(_function: object, _path: str, info: tuple[type[BaseException], BaseException, object]) -> None:
    if not isinstance(info[1], FileNotFoundError):
        raise info[1]
