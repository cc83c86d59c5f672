"""A running service: start, change without losing a request, look at, stop."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from modelport_scoring import wire

from modelport.errors import ModelportError
from modelport.local import machine
from modelport.local.machine import Machine
from modelport.local.runs import Record, RunFolder, write_document
from modelport.local.specification import Program, ServiceSpecification, link_models, worker_spec
from modelport.progress import Progress, silent

_POLL_S = 0.02
_SUPERVISOR_MARGIN_S = 10.0
"""How much longer than the readiness limit we wait for the supervisor's own verdict."""
_LOG_LINES = 20
_FILES_SHOWN = 20


class ServiceFailedError(ModelportError):
    """A version did not become ready; an older one, when there was one, still answers."""


class LocalProcessService:
    """The service whose files are in *run*."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run

    def record(self) -> Record | None:
        """Read the record; raises `ModelportError` when another machine wrote it."""
        record = self.run.read()
        here = Machine.this()
        if record is not None and record.machine != here:
            msg = (
                f"service {self.run.folder.name!r} was started on machine {record.machine.name!r}, "
                f"this is {here.name!r}; run `pulumi destroy` there, "
                f"or delete {self.run.folder} when that machine is gone"
            )
            raise ModelportError(msg)
        return record

    def status(self) -> wire.SupervisorStatus | None:
        """Read what the supervisor last said; it may be dead since (`pid`)."""
        try:
            status: wire.SupervisorStatus = json.loads(self.run.status.read_text())
        except FileNotFoundError:
            return None
        return status

    def pid(self) -> int | None:
        """Find the living supervisor; ``None`` when there is none."""
        status = self.status()
        return status["pid"] if status and machine.runs(status["pid"], str(self.run.spec)) else None

    def listens_on(self) -> tuple[str, int] | None:
        """Address and port that the living supervisor holds; ``None`` when there is none."""
        if self.pid() is None:
            return None
        spec: wire.SupervisorSpec = json.loads(self.run.spec.read_text())
        return spec["address"], spec["port"]

    def serves(self, specification: ServiceSpecification) -> bool:
        """Tell whether the service answers, and with exactly *specification*."""
        record, status = self.record(), self.status()
        return bool(
            record
            and status
            and self.pid()
            and record.digest == specification.digest
            and status["serving_generation"] == record.generation
        )

    def apply(self, specification: ServiceSpecification, program: Program, progress: Progress = silent) -> None:
        """
        Start the service, or change it while it answers.

        Raises `ServiceFailedError` when the new version does not become ready: what answered before goes on.
        """
        record, pid = self.record(), self.pid()
        generation = self._next_generation(record)
        self.run.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        model_dir = link_models(specification, program, self.run)
        spec = worker_spec(specification, program, self.run, model_dir, generation)
        self.run.write(Record(Machine.this(), record.generation if record else 0, digest=""))
        if pid is None:
            self._write_keys(specification)
            self._start(spec, program, progress)
        elif self._differs(spec):
            self._swap(spec, pid, progress)
            self._write_keys(specification)
        else:
            generation = self._current_generation()
            self._write_keys(specification)
        self._remove_old_links(model_dir)
        self.run.write(Record(Machine.this(), generation, specification.digest))

    def stop(self, drain_timeout_s: float) -> None:
        """Drain and end the service, and remove its files."""
        self.record()
        status = self.status()
        if status:
            machine.stop(status["pid"], str(self.run.spec), drain_timeout_s + _SUPERVISOR_MARGIN_S)
        self.run.remove()

    def log_tail(self, lines: int = _LOG_LINES) -> list[str]:
        """Read the last *lines* of the log."""
        try:
            with self.run.log.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 200 * lines))
                return file.read().decode(errors="replace").splitlines()[-lines:]
        except FileNotFoundError:
            return []

    def _next_generation(self, record: Record | None) -> int:
        status = self.status()
        return max(status["generation"] if status else 0, record.generation if record else 0) + 1

    def _current_generation(self) -> int:
        status = self.status()
        return status["serving_generation"] if status else 0

    def _differs(self, spec: wire.SupervisorSpec) -> bool:
        """Tell whether *spec* is another than the one that answers; a failed one does not answer."""
        status = self.status()
        current: Mapping[str, object] = json.loads(self.run.spec.read_text()) if self.run.spec.is_file() else {}
        unchanged = {**current, "generation": 0} == {**spec, "generation": 0}
        return not (unchanged and status and status["serving_generation"] == current["generation"])

    def _write_keys(self, specification: ServiceSpecification) -> None:
        if specification.asks_for_keys:
            write_document(self.run.keys, specification.keys())
        else:
            self.run.keys.unlink(missing_ok=True)

    def _start(self, spec: wire.SupervisorSpec, program: Program, progress: Progress) -> None:
        write_document(self.run.spec, spec)
        self.run.status.unlink(missing_ok=True)
        command = [str(program.python), "-P", "-m", "modelport_scoring.supervisor", "--spec", str(self.run.spec)]
        environment = {
            "PATH": os.defpath,
            "PYTHONPATH": str(program.build.runtime),
            "PYTHONNOUSERSITE": "1",
            "LANG": "C.UTF-8",
        }
        with self.run.log.open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.run.folder,
                env=environment,
                start_new_session=True,
            )
        try:
            self._wait(spec, process.pid, progress, ended=lambda: process.poll() is not None)
        except BaseException:  # a cancelled or failed start leaves nothing running
            process.terminate()
            self._reap(process, spec["drain_timeout_s"])
            raise

    def _reap(self, process: "subprocess.Popen[bytes]", drain_timeout_s: float) -> None:
        try:
            process.wait(drain_timeout_s + _SUPERVISOR_MARGIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _swap(self, spec: wire.SupervisorSpec, pid: int, progress: Progress) -> None:
        write_document(self.run.spec, spec)
        machine.hang_up(pid)
        self._wait(spec, pid, progress, ended=lambda: not machine.runs(pid, str(self.run.spec)))

    def _wait(self, spec: wire.SupervisorSpec, pid: int, progress: Progress, ended: Callable[[], bool]) -> None:
        began = time.monotonic()
        while True:
            status = self.status()
            if status and status["pid"] == pid and status["generation"] >= spec["generation"]:
                if status["state"] == "serving":
                    return
                if status["state"] == "failed":
                    raise self._failure(spec, status.get("reason", "no reason was given"))
            waited = time.monotonic() - began
            if ended():
                raise self._failure(spec, "its supervisor ended")
            if waited > spec["ready_timeout_s"] + _SUPERVISOR_MARGIN_S:
                raise self._failure(spec, f"no answer from its supervisor for {waited:.0f} s")
            progress(_phase(spec, status, waited))
            time.sleep(_POLL_S)

    def _failure(self, spec: wire.SupervisorSpec, reason: str) -> ServiceFailedError:
        status = self.status()
        serving = bool(status and status["serving_generation"] and machine.runs(status["pid"], str(self.run.spec)))
        lines = [f"service {spec['service']!r} did not become ready: {reason}"]
        lines.append("the running version keeps answering" if serving else "nothing runs")
        lines += [
            f"model folder {spec['environment'][wire.MODEL_DIR]}:",
            *_listing(spec["environment"][wire.MODEL_DIR]),
        ]
        lines += [f"last lines of {self.run.log}:", *(f"  {line}" for line in self.log_tail())]
        return ServiceFailedError("\n".join(lines))

    def _remove_old_links(self, model_dir: Path) -> None:
        """Remove the layouts of versions before the last: a draining worker may still read the one before this."""
        if not self.run.links.is_dir():
            return
        layouts = sorted(self.run.links.iterdir(), key=lambda path: path.lstat().st_mtime, reverse=True)
        for layout in [path for path in layouts if path not in model_dir.parents and path != model_dir][1:]:
            shutil.rmtree(layout, ignore_errors=True)


def _phase(spec: wire.SupervisorSpec, status: wire.SupervisorStatus | None, waited_s: float) -> str:
    workers = status["workers"] if status else []
    ready = sum(
        worker["generation"] == spec["generation"] and worker["state"] in {"ready", "serving"} for worker in workers
    )
    return f"starting {spec['service']}: {ready} of {spec['workers']} workers ready, {waited_s:.0f} s"


def _listing(folder: str) -> list[str]:
    files = sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())
    shown = [f"  {name}" for name in files[:_FILES_SHOWN]]
    more = len(files) - len(shown)
    return [*(shown or ["  (no files)"]), *([f"  and {more} more"] if more else [])]
