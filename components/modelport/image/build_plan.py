"""What building an image would do: everything that can be known before, by reading only."""

from dataclasses import dataclass

from modelport.errors import CancelledError, InputError, InvalidInputsError, ModelportError
from modelport.image.accelerator import accelerator_problems
from modelport.image.base import LockedBase
from modelport.image.base_marks import base_findings
from modelport.image.builders import FILES
from modelport.image.content_key import UNLOCKED, ImageContent, content_key
from modelport.image.entry_script import ENTRY_SCRIPT, Script, read_script
from modelport.image.environment import Environment
from modelport.image.image_parts import base_of, layer_of, script_place_problems
from modelport.image.lock import (
    EnvironmentNotLockedError,
    Lock,
    LockedEnvironment,
    LockedLayer,
    LockedPackage,
    PlatformNotLockedError,
)
from modelport.image.lock_environments import WantedEnvironment, lock_environment
from modelport.image.no_code import no_code_problem
from modelport.image.on_this_machine import other_machine_problems
from modelport.image.request import ImageRequest, resources_of
from modelport.image.request_problems import request_problems
from modelport.image.runtime_files import RuntimeFiles, runtime_files
from modelport.image.unavailable import UnavailableError
from modelport.image.wanted import wanted_requirements
from modelport.image.write_lock import merge_lock
from modelport.progress import Progress, silent
from modelport.resources import Resources
from modelport.store.registries import Registries
from modelport.workspace import Workspace


@dataclass(frozen=True)
class BuildPlan:
    """What `stage_build` would write, with the key that names it. *findings* are one line each."""

    request: ImageRequest
    script: Script | None
    runtime: RuntimeFiles
    environment: Environment
    content_key: str
    lock_addition: LockedEnvironment | None
    """What the lock lacked and was resolved for the plan; ``None`` when the lock had it."""
    findings: tuple[str, ...] = ()
    base: LockedBase | None = None
    """``None`` for builder `files`."""
    base_is_new: bool = False
    """Whether the lock lacked the base."""
    layer: LockedLayer | None = None
    """The layer of the environment; ``None`` for builder `files`."""

    @property
    def adds_to_lock(self) -> bool:
        """Whether the lock lacked something."""
        return self.base_is_new or self.lock_addition is not None

    @property
    def entry_script(self) -> str | None:
        """Path of the entry script in the image, relative to the script's folder."""
        return self.script.entry if self.script else None

    @property
    def resources(self) -> Resources:
        """What the models say that serving takes."""
        return resources_of(self.request.models)


def plan_build(
    request: ImageRequest,
    lock: Lock,
    *,
    may_resolve: bool,
    registries: Registries | None = None,
    progress: Progress = silent,
) -> BuildPlan:
    """
    Find out what *request* comes to, and all that is wrong with it; nothing is written.

    What *lock* lacks is resolved when it *may* be (on a laptop, not where `CI` is set): a new image, a new platform.
    A lock that was written for other requirements is always a problem. *registries* has the logins that the base may
    ask for. Raises `InvalidInputsError` with camelCase
    paths.
    """
    script, problems = read_script(request)
    base, base_is_new = None, False
    if request.builder != FILES:
        try:
            request, base, base_is_new = base_of(
                request, lock, may_resolve=may_resolve, registries=registries, progress=progress
            )
        except InvalidInputsError as error:
            problems += error.failures
    wanted, findings, more = wanted_requirements(request)
    problems += [*more, *request_problems(request), *_place_problems(request, script)]
    if request.entry_script is None and request.source_directory is None:
        problems += _no_code_problems(request)
    if any(isinstance(each, UnavailableError) for each in problems):
        problems += _lock_problems(request, wanted, lock, may_resolve=may_resolve, progress=progress)
    if problems:
        raise InvalidInputsError(problems)
    packages, addition = _packages(request, wanted, lock, may_resolve=may_resolve, progress=progress)
    environment = Environment(packages, request.platform, wanted.requirements)
    layer = None
    if base is not None:
        findings += base_findings(base)
        layer, is_new = layer_of(request, environment, lock, may_resolve=may_resolve, progress=progress)
        if is_new:
            platform = str(request.platform)
            addition = LockedEnvironment(wanted.requirements.lines(), {platform: packages}, {platform: layer})
    if addition or base_is_new:
        findings.append(f"modelport.lock gets {request.name!r} on {request.platform}: commit the file")
    runtime = runtime_files()
    key = content_key(_content(request, script, runtime, packages, base))
    findings += script.findings if script else ()
    return BuildPlan(request, script, runtime, environment, key, addition, tuple(findings), base, base_is_new, layer)


def write_lock_addition(plan: BuildPlan, workspace: Workspace) -> None:
    """Write to the lock what it lacked for *plan*. Raises `modelport.image.lock.LockError`."""
    if plan.adds_to_lock:
        environments = {plan.request.name: plan.lock_addition} if plan.lock_addition else {}
        merge_lock(workspace, environments, [plan.base] if plan.base and plan.base_is_new else [])


def _place_problems(request: ImageRequest, script: Script | None) -> list[InputError]:
    """Find what does not fit where the image, or the process, will run."""
    problems = accelerator_problems(request)
    if request.builder == FILES:
        return [*problems, *other_machine_problems(request)]
    return [*problems, *script_place_problems(request, script.tree if script else None)]


def _no_code_problems(request: ImageRequest) -> list[InputError]:
    reason = no_code_problem(request.models)
    return [InputError(ENTRY_SCRIPT, reason)] if reason else []


def _content(
    request: ImageRequest,
    script: Script | None,
    runtime: RuntimeFiles,
    packages: tuple[LockedPackage, ...],
    base: LockedBase | None,
) -> ImageContent:
    return ImageContent(
        platform=str(request.platform),
        runtime_digest=runtime.digest,
        dependencies=packages,
        models=[(each.name, each.digest) for each in request.models],
        script=script.tree.files if script else (),
        entry_script=script.entry if script else None,
        environment_variables=request.environment_variables,
        interpreter_path=request.interpreter_path,
        accelerator=request.accelerator,
        dockerfile=request.dockerfile,
        base_digest=base.digest if base else UNLOCKED,
    )


def _lock_problems(
    request: ImageRequest, wanted: WantedEnvironment, lock: Lock, *, may_resolve: bool, progress: Progress
) -> list[InputError]:
    """Find what cannot be had besides, with the nearest Python: a user who mends one line wants to know the others."""
    try:
        _packages(request, wanted, lock, may_resolve=may_resolve, progress=progress)
    except InvalidInputsError as error:
        return list(error.failures)
    return []


def _packages(
    request: ImageRequest, wanted: WantedEnvironment, lock: Lock, *, may_resolve: bool, progress: Progress
) -> tuple[tuple[LockedPackage, ...], LockedEnvironment | None]:
    platform = str(request.platform)
    try:
        return lock.entry(request.name, wanted.requirements.lines(), platform), None
    except (EnvironmentNotLockedError, PlatformNotLockedError) as error:
        if not may_resolve:
            raise InvalidInputsError([InputError("requirements", str(error))]) from None
    except ModelportError as error:
        raise InvalidInputsError([InputError("requirements", str(error))]) from None
    try:
        addition = lock_environment(wanted, lock, Workspace(request.project_root), request.platform, progress)
    except (CancelledError, InvalidInputsError):
        raise
    except ModelportError as error:
        raise InvalidInputsError([InputError("requirements", str(error))]) from None
    return addition.platforms[platform], addition
