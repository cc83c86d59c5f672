"""Projects, wheels and doubles for tests of images."""

import ast
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from modelport.image.platforms import Platform, host_platform
from modelport.image.request import ImageRequest

MakeWheel = Callable[..., Path]


@dataclass(frozen=True)
class FindingDouble:
    """What the runtime's checks report."""

    line: int | None
    severity: str
    message: str


def check_double(source: bytes, filename: str) -> list[FindingDouble]:
    """Stand in for the runtime's check: it sees only what these tests need."""
    try:
        tree = ast.parse(source, filename)
    except SyntaxError as error:
        return [FindingDouble(error.lineno, "error", f"{filename}:{error.lineno} does not parse")]
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    missing = [
        FindingDouble(None, "error", f"{filename} has no function {name}")
        for name in ("init", "run")
        if name not in names
    ]
    return missing + [FindingDouble(1, "warning", f"{filename}:1: is odd") for _ in range(source.count(b"# odd"))]


@pytest.fixture
def script_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a double in place of the runtime's second door, for what is read of a script."""
    module = ModuleType("modelport_scoring.check.script")
    module.__dict__.update(check_script=check_double, check_entry_name=lambda _name: [])
    monkeypatch.setitem(sys.modules, "modelport_scoring.check.script", module)


@pytest.fixture
def no_runtime_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the runtime's own packages, which are not in the tests' wheelhouse."""
    monkeypatch.setattr("modelport.image.wanted.runtime_requirements", lambda _extras: ())


@pytest.fixture
def platform() -> Platform:
    return host_platform()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project with a script and what lies beside a script."""
    root = tmp_path / "project"
    (root / "model").mkdir(parents=True)
    (root / "score.py").write_text("def init(): pass\ndef run(data): return data\n")
    (root / "model" / "weights.bin").write_bytes(b"weights")
    return root


@pytest.fixture
def make_wheel(project: Path) -> MakeWheel:
    """Make a wheel in the project's wheelhouse: a module that knows its version, and a command that prints it."""

    def make(
        name: str, version: str, requires: tuple[str, ...] = (), tag: str = "py3-none-any", data: str = ""
    ) -> Path:
        folder = project / "wheels"
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}-{version}-{tag}.whl"
        info = f"{name}-{version}.dist-info"
        needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
        members = {
            f"{name}.py": f"VERSION = {version!r}\ndef main(): print(VERSION)\n",
            f"{name}.txt": data,
            f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
        }
        record = "".join(f"{member},,\n" for member in [*members, f"{info}/RECORD"])
        with zipfile.ZipFile(path, "w") as archive:
            for member, text in {**members, f"{info}/RECORD": record}.items():
                archive.writestr(zipfile.ZipInfo(member), text)
        return path

    return make


@pytest.fixture
def request_for(project: Path, platform: Platform) -> Callable[..., ImageRequest]:
    """Make a request for the project's script, with what a test changes."""

    def make(**changes: object) -> ImageRequest:
        given: dict[str, object] = {"name": "demo", "project_root": project, "platform": platform}
        given |= {"entry_script": "score.py", "model_paths": ("model",)}
        return ImageRequest(**{**given, **changes})  # type: ignore[arg-type]  # the tests name fields freely

    return make
