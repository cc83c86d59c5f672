"""The real Pulumi engine, driven for one stack."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modelport.cli.checkpoint import damage, mend
from modelport.cli.environment import chosen_backend, engine_environment, state_folder
from modelport.cli.interrupts import run_interruptible
from modelport.cli.locks import held, lock_folder, release_abandoned
from modelport.cli.pending import clear_own_creates, is_own_create, pending_operations, state_file
from modelport.cli.project import PROJECT_FILE, Project, checked_stack, short
from modelport.cli.stack_file import generate, with_secrets_of
from modelport.errors import ModelportError
from modelport.files import replace_file


class Engine:
    """
    The engine for *stack* of *project*.

    Raises `ModelportError` when there is no engine, or the stack's name or passphrase is not usable.
    """

    def __init__(self, project: Project, stack: str, environ: Mapping[str, str] = os.environ) -> None:
        self.project = project
        self.stack = checked_stack(stack)
        self.embedded = chosen_backend(project, environ) is None
        self.environment = engine_environment(project, stack, environ)
        found = shutil.which("pulumi", path=self.environment["PATH"])
        if not found:
            msg = "no `pulumi` on PATH; run `make tools`, or install it from https://www.pulumi.com/docs/install/"
            raise ModelportError(msg)
        self.pulumi = found

    @property
    def config_file(self) -> Path:
        """The engine's own copy of the stack file."""
        return self.project.workspace.folder / f"Pulumi.{short(self.stack)}.yaml"

    @property
    def state(self) -> Path:
        """The stack's state in the embedded backend."""
        return state_file(state_folder(self.project.workspace), self.project.name, self.stack)

    def require_stack_file(self) -> None:
        """Raise `ModelportError` when the stack has no settings: more likely a typo than an empty stack."""
        if not self.project.stack_file(self.stack).exists():
            known = ", ".join(self.project.known_stacks()) or "none"
            msg = f"stack {self.stack!r} has no {self.project.stack_file(self.stack).name}; there are: {known}"
            raise ModelportError(msg)

    def has_stack(self) -> bool:
        """Whether the stack may exist; certain for the embedded backend, where it takes no start of the engine."""
        return not self.embedded or self.state.exists() or self.state in damage(self.state)

    def change(self, command: str, arguments: Sequence[str] = ()) -> int:
        """
        Run *command* (`up`, `destroy`, `refresh`, `preview`) on the stack, creating it first; return the exit code.

        What a killed engine left (a lock, unfinished creates) is cleared first; not for `preview`, which locks nothing.
        Raises `ModelportError` when the stack cannot be made or is held by a living process.
        """
        generate(self.project.stack_file(self.stack), self.config_file)
        if self.embedded and command != "preview":
            self.recover()
        if not (self.embedded and self.has_stack()):
            self._create()
        options = ["--stack", self.stack, "--config-file", str(self.config_file), *arguments]
        return run_interruptible([self.pulumi, command, *options], cwd=self.project.root, env=self.environment)

    def recover(self) -> None:
        """Clear what a killed engine left in the embedded backend, and say what was done."""
        folder = lock_folder(state_folder(self.project.workspace), self.project.name, self.stack)
        for pid in release_abandoned(folder):
            _say(f"released the lock of process {pid}, which is gone")
        if damaged := damage(self.state):
            with held(folder):
                mend(self.state, damaged)
            _say("mended the files of the state, which a killed engine had left half written")
        unfinished = pending_operations(self.state)
        if any(map(is_own_create, unfinished)):
            with held(folder):
                clear_own_creates(self.state)
        for operation in unfinished:
            urn = operation["resource"]["urn"]
            if is_own_create(operation):
                _say(f"{urn} was interrupted while being created; it is tried again")
            else:
                _say(f"{urn} was interrupted ({operation['type']}); see `pulumi refresh`")

    def outputs(self) -> dict[str, Any]:
        """
        Read the stack's outputs, secrets in clear.

        Raises `ModelportError` when there is no such stack or it cannot be read.
        """
        if not self.has_stack():
            msg = f"stack {self.stack!r} does not exist yet; run `make up STACK={self.stack}`"
            raise ModelportError(msg)
        answer = self._ask(["stack", "output", "--json", "--show-secrets", "--stack", self.stack], self.project.root)
        outputs: dict[str, Any] = json.loads(answer)
        return outputs

    def _create(self) -> None:
        """
        Create the stack, from a folder of its own: creating one writes a salt beside the project file.

        A chosen backend may have the stack already; only the engine can tell.
        """
        self.project.workspace.folder.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.project.workspace.folder, prefix="new-stack-") as name:
            folder = Path(name)
            backend = {"backend": {"url": self.project.backend}} if self.project.backend else {}
            project = {"name": self.project.name, "runtime": "python", **backend}
            (folder / PROJECT_FILE).write_text(json.dumps(project), encoding="utf-8")
            settings = folder / self.config_file.name
            shutil.copyfile(self.config_file, settings)
            verb = ["init", "--no-select"] if self.embedded else ["select", "--create"]
            self._ask(["stack", *verb, "--stack", self.stack], folder)
            made = settings.read_text(encoding="utf-8")
        replace_file(self.config_file, with_secrets_of(made, self.config_file.read_text(encoding="utf-8")))

    def _ask(self, arguments: Sequence[str], folder: Path) -> str:
        """Run the engine quietly in *folder* and hand back what it printed."""
        command = [self.pulumi, *arguments, "--non-interactive"]
        answer = subprocess.run(
            command,
            cwd=folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            said = " ".join(answer.stderr.split()).removeprefix("error: ") or f"exit code {answer.returncode}"
            msg = f"`pulumi {' '.join(arguments[:2])}` for stack {self.stack!r} failed: {said}"
            raise ModelportError(msg)
        return answer.stdout


def _say(line: str) -> None:
    print(f"modelport: {line}", file=sys.stderr)  # noqa: T201 - a command speaks to its user
