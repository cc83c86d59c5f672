"""The Pulumi engine, built from Go modules."""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import IO

from tools.engine_errors import EngineError

VERSION = "v3.259.0"
SDK = "github.com/pulumi/pulumi/sdk/v3"
ENGINE_FLAGS = (
    "-tags",
    "osusergo,grpcnotrace",
    "-ldflags",
    f"-s -w -X {SDK}/go/common/version.Version={VERSION}",
)
HOST_FLAGS = ("-ldflags", "-s -w")
PROGRAMS = (  # module list and program, package, flags
    ("pulumi", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", ENGINE_FLAGS),
    ("pulumi-language-python", f"{SDK}/python/cmd/pulumi-language-python", HOST_FLAGS),
)
SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")
"""Files of the SDK's module that the language host starts; module archives drop the run bit."""

PACKAGES = {"pulumi": 1680, "pulumi-language-python": 240}
"""About how many packages each compiles; the second finds Go's own compiled by the first."""

OLDEST_GO = (1, 21)
"""From here on Go fetches the newer Go that a module list asks for."""
DISK_BYTES = 6 * 1024**3
"""Modules 1.6 GB, build cache 1.8 GB, temporary files of the linker, and room to spare."""
REPORT_S = 10.0
NETWORK = re.compile(
    r"dial tcp|no such host|i/o timeout|connection refused|TLS handshake|proxyconnect|network is unreach"
)


def recipe_hash(modules: Path) -> str:
    """Name what would be built: a hash of the lists in *modules*, of the recipe and of this kind of machine."""
    content = hashlib.sha256(repr((VERSION, PROGRAMS, SCRIPTS, platform.system(), platform.machine())).encode())
    for file in sorted(modules.glob("*/go.*")):
        content.update(f"\0{file.parent.name}/{file.name}\0".encode())
        content.update(file.read_bytes())
    return content.hexdigest()[:16]


def build(modules: Path, folder: Path) -> None:
    """
    Build the engine and its Python host from the lists in *modules* into ``folder/bin``.

    Everything Go writes lies beside *folder* and is removed in the end, whatever the end is. The caller holds the lock.

    Raises `EngineError` when Go, disk space or the network is missing, or the build fails.
    """
    building = folder.with_suffix(".building")
    _remove(building)  # a killed run's
    environment = go_environment(building)
    try:
        (building / "made" / "bin").mkdir(parents=True)
        (building / "tmp").mkdir()  # Go makes its other folders itself
        _require_go(environment)
        _require_space(folder.parent)
        print("engine: building it from Go modules, once for this user; 4 to 5 minutes on two cores", flush=True)
        for program, package, flags in PROGRAMS:
            output = building / "made" / "bin" / program
            command = ["go", "build", "-v", "-mod=readonly", "-trimpath", *flags, "-o", str(output), package]
            _Build(program, building).run(command, modules / program, environment)
        _copy_scripts(modules / "pulumi", building / "made" / "bin", environment)
        (building / "made").replace(folder)
    except OSError as error:
        msg = (
            f"cannot write {error.filename or building} ({error.strerror}); make room or point XDG_CACHE_HOME elsewhere"
        )
        raise EngineError(msg) from error
    finally:
        _remove(building)


def go_environment(building: Path) -> dict[str, str]:
    """Environment of `go`: the user's own, with every folder that Go writes to under *building*."""
    folders = {"GOPATH": "go", "GOMODCACHE": "modules", "GOCACHE": "cache", "GOTMPDIR": "tmp"}
    environment = {**os.environ, **{name: str(building / below) for name, below in folders.items()}}
    if (
        platform.system() == "Linux"
    ):  # Go keeps telemetry counters beside the user's settings; only the settings are wanted
        settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "go" / "env"
        environment |= {"GOENV": os.environ.get("GOENV") or str(settings), "XDG_CONFIG_HOME": str(building / "config")}
    return {**environment, "GOWORK": "off", "CGO_ENABLED": "0"}


class _Build:
    """One `go build -v`, watched: every line it prints is a package compiled or a module fetched."""

    def __init__(self, program: str, building: Path) -> None:
        self.program = program
        self.downloads = building / "modules" / "cache" / "download"
        self.compiled = 0
        self.complaints: list[str] = []

    def run(self, command: list[str], directory: Path, environment: dict[str, str]) -> None:
        """Run *command*; raise `EngineError` with what it said when it fails."""
        started = time.monotonic()
        with subprocess.Popen(
            command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            reader = threading.Thread(target=self._read, args=(process.stderr,), daemon=True)
            reader.start()
            while True:
                try:
                    process.wait(REPORT_S)
                    break
                except subprocess.TimeoutExpired:
                    print(self._progress(time.monotonic() - started), flush=True)
            reader.join()
        if process.returncode:
            raise EngineError(_failure(self.program, self.complaints))

    def _read(self, lines: IO[str]) -> None:
        for line in lines:
            if line.startswith(("go: downloading ", "go: finding ")):
                continue
            if " " in line or ":" in line:  # anything but a package path
                self.complaints.append(line.strip())
            else:
                self.compiled += 1

    def _progress(self, elapsed_s: float) -> str:
        modules = sum(1 for _ in self.downloads.glob("**/*.zip"))
        return (
            f"engine: {self.program}: {modules} modules fetched, "
            f"{self.compiled} of about {PACKAGES[self.program]} packages compiled, {elapsed_s:.0f} s"
        )


def _require_go(environment: dict[str, str]) -> None:
    way_out = (
        "install Go from https://go.dev/dl/ or Pulumi from https://www.pulumi.com/docs/install/, then `make tools`"
    )
    try:
        command = ["go", "env", "GOVERSION"]
        answer = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        msg = f"go cannot be run ({getattr(error, 'strerror', '') or error}); {way_out}"
        raise EngineError(msg) from error
    version = re.match(r"go(\d+)\.(\d+)", answer)
    if not version or tuple(map(int, version.groups())) < OLDEST_GO:
        msg = f"{answer.strip() or 'go'} is too old, {'.'.join(map(str, OLDEST_GO))} is needed; {way_out}"
        raise EngineError(msg)


def _require_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < DISK_BYTES:
        msg = (
            f"{folder} has {free / 1024**3:.1f} GB free, {DISK_BYTES / 1024**3:.0f} GB are needed while building; "
            "make room or point XDG_CACHE_HOME elsewhere"
        )
        raise EngineError(msg)


def _failure(program: str, complaints: list[str]) -> str:
    """One line out of what `go build` said: the cause stands in its last line."""
    said = complaints[-1] if complaints else "go build said nothing"
    if NETWORK.search("\n".join(complaints)):
        return f"the modules of {program} cannot be fetched ({said}); check the network and GOPROXY, then `make tools`"
    return f"{program} does not build ({said})"


def _copy_scripts(module: Path, folder: Path, environment: dict[str, str]) -> None:
    command = ["go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", SDK]
    answer = subprocess.run(command, cwd=module, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise EngineError(_failure(SDK, answer.stderr.splitlines()))
    for script in SCRIPTS:
        copied = folder / Path(script).name
        shutil.copyfile(Path(answer.stdout.strip()) / script, copied)
        copied.chmod(0o755)


def _remove(folder: Path) -> None:
    """Remove *folder*, the module cache's read-only folders included."""
    if not folder.exists():
        return
    for below, _, _ in os.walk(folder):
        Path(below).chmod(0o755)
    shutil.rmtree(folder)
