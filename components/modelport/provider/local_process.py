"""`LocalProcess`: a service on this machine, as the engine sees it."""

from modelport.errors import InputError, InvalidInputsError, ModelportError
from modelport.image.build import load_build
from modelport.image.platforms import host_platform
from modelport.local import limits, ports
from modelport.local.limits import Limit
from modelport.local.runs import run_folder
from modelport.local.service import LocalProcessService, ServiceFailedError
from modelport.local.specification import Program, ServiceSpecification
from modelport.naming import service_name_problem
from modelport.provider.inputs import Inputs
from modelport.provider.models import forget_models, hold_models
from modelport.provider.resource import Call, Difference, PartialCreateError
from modelport.provider.values import UNKNOWN, Properties, Secret
from modelport.store.reference import parse_image_reference

_SECONDS = {"readyTimeoutS": limits.READY_TIMEOUT_S, "drainTimeoutS": limits.DRAIN_TIMEOUT_S}
_COUNTS = {"workers": limits.WORKERS, "logMaxMb": limits.LOG_MAX_MB, "logBackups": limits.LOG_BACKUPS}
_LIMITS = _SECONDS | _COUNTS
_KEYS = ("primaryKeyDigest", "secondaryKeyDigest")
_REPLACING = ("address", "port", "service")
_CHANGING = ("image", "models", *_LIMITS, *_KEYS)


class LocalProcess:
    """Inputs: those of `LocalService` in camelCase, keys as sha256. Outputs: also the three URLs and state."""

    token = "modelport:index:LocalProcess"  # noqa: S105 - a type token

    def check(self, call: Call, olds: Inputs, news: Inputs) -> Properties:
        """Refuse names, addresses, numbers and ports that cannot work; choose a port when none is given."""
        failures: list[InputError] = []
        service = news.text("service")
        if problem := service_name_problem(service):
            failures.append(InputError("service", problem))
        address = news.optional_text("address") or ports.DEFAULT_ADDRESS
        if problem := ports.address_problem(address):
            failures.append(InputError("address", problem))
        checked: Properties = {**news.values, "address": address}
        for name, limit in _LIMITS.items():
            checked[name] = _bounded(name, news, limit, failures)
        if not failures and not news.unknown("port"):
            checked["port"] = _port(call, olds, news, service, address, failures)
        if failures:
            raise InvalidInputsError(failures)
        return {**checked, **{name: Secret(news.values[name]) for name in _KEYS if name in news.values}}

    def diff(self, call: Call, olds: Inputs, outputs: Inputs, news: Inputs) -> Difference:  # noqa: ARG002
        """Compare inputs; a service that does not run, or runs something else, is a change too."""
        changed = tuple(name for name in _CHANGING if olds.values.get(name) != news.values.get(name))
        replaces = tuple(name for name in _REPLACING if olds.values.get(name) != news.values.get(name))
        if not changed and not replaces and not _serves(call, news):
            changed = ("state",)
        return Difference((*changed, *replaces), replaces, delete_before_replace=True)

    def plan(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:  # noqa: ARG002
        """All is known but an unknown port."""
        return _outputs(news)

    def create(self, call: Call, news: Inputs) -> tuple[str, Properties]:
        """Start the service, or adopt the one that an interrupted update has left running."""
        resource_id = news.text("service")
        try:
            self._apply(call, news)
        except ServiceFailedError as error:
            raise PartialCreateError(resource_id, {**_outputs(news), "state": "failed"}, str(error)) from None
        return resource_id, _outputs(news)

    def update(self, call: Call, outputs: Inputs, news: Inputs) -> Properties:  # noqa: ARG002
        """Change the service while it answers, or start it again."""
        self._apply(call, news)
        return _outputs(news)

    def read(self, call: Call, inputs: Inputs, outputs: Inputs) -> Properties | None:
        """Gone when it has no record; stopped when nothing answers."""
        service = _service(call, outputs)
        if service.record() is None:
            return None
        state = "running" if _serves(call, inputs if inputs.values else outputs) else "stopped"
        return {**outputs.values, "state": state}

    def delete(self, call: Call, outputs: Inputs) -> None:
        """Drain and stop the service; its models are free again."""
        call.progress(f"stopping {outputs.text('service')}")
        _service(call, outputs).stop(outputs.number("drainTimeoutS", limits.DRAIN_TIMEOUT_S.default))
        forget_models(call, outputs.text("image"), outputs.text("service"))

    def _apply(self, call: Call, news: Inputs) -> None:
        specification = _specification(news)
        service = _service(call, news)
        endpoint = (specification.address, specification.port)
        if service.endpoint() not in {None, endpoint}:  # left by an update that was interrupted: nothing records it
            service.stop(specification.drain_timeout_s)
        if service.endpoint() is None and not ports.is_free(specification.address, specification.port):
            raise ModelportError(_taken(specification.service, specification.address, specification.port))
        build = load_build(call.session.workspace, parse_image_reference(specification.image).content_key)
        _same_platform(specification.service, build.platform)
        hold_models(call, specification.image, specification.service, build)
        program = Program(build, call.session.workspace.environments / build.environment_key)
        service.apply(specification, program, call.progress)


def _port(call: Call, olds: Inputs, news: Inputs, service: str, address: str, failures: list[InputError]) -> int | None:
    """Take the port that was asked for, else the one in use, else a free one; refuse one that somebody else has."""
    running = LocalProcessService(run_folder(call.session.workspace, call.stack, service)).endpoint()
    current = _current_port(olds, address, running)
    asked = news.whole("port", 0) if "port" in news.values else current
    if "port" in news.values and asked not in ports.PORTS:
        failures.append(InputError("port", f"port {asked} is out of range; give one from 1 to 65535, or none"))
        return None
    if "port" not in news.values and (address, asked) != running and not ports.is_free(address, asked):
        asked = 0  # nobody asked for this one, and somebody has taken it while the service was down
    port = asked or ports.choose(address, f"{call.session.project_root}/{call.stack.label}/{service}")
    if other := call.session.claim(("port", address, str(port)), service):
        reason = f"port {port} on {address} is asked for by services {other!r} and {service!r}; give each its own"
        failures.append(InputError("port", reason))
    if (address, port) != running and not ports.is_free(address, port):
        failures.append(InputError("port", _taken(service, address, port)))
    return port


def _current_port(olds: Inputs, address: str, running: tuple[str, int] | None) -> int:
    """Find the port to keep: the recorded one, else that of a service which an interrupted update has left running."""
    if olds.values.get("address") == address:
        return olds.whole("port", 0)
    return running[1] if running and running[0] == address else 0


def _taken(service: str, address: str, port: int) -> str:
    return (
        f"service {service!r}: port {port} on {address} is taken by another program; "
        "stop that program, or give another port (or none: a free one is chosen)"
    )


def _same_platform(service: str, platform: str) -> None:
    here = str(host_platform())
    if platform != here:
        msg = f"service {service!r}: its image is made for {platform}, this machine is {here}; leave out the platform"
        raise ModelportError(msg)


def _bounded(name: str, news: Inputs, limit: Limit, failures: list[InputError]) -> int | float:
    value = news.number(name, limit.default) if name in _SECONDS else news.whole(name, limit.default)
    if problem := limit.problem(value):
        failures.append(InputError(name, problem))
    return value


def _specification(news: Inputs) -> ServiceSpecification:
    return ServiceSpecification(
        service=news.text("service"),
        image=news.text("image"),
        models=tuple(news.texts("models")),
        address=news.text("address"),
        port=news.whole("port", 0),
        workers=news.whole("workers", _LIMITS["workers"].default),
        ready_timeout_s=news.number("readyTimeoutS", _LIMITS["readyTimeoutS"].default),
        drain_timeout_s=news.number("drainTimeoutS", _LIMITS["drainTimeoutS"].default),
        log_max_mb=news.whole("logMaxMb", _LIMITS["logMaxMb"].default),
        log_backups=news.whole("logBackups", _LIMITS["logBackups"].default),
        primary_key_digest=news.optional_text("primaryKeyDigest") or "",
        secondary_key_digest=news.optional_text("secondaryKeyDigest") or "",
    )


def _service(call: Call, inputs: Inputs) -> LocalProcessService:
    return LocalProcessService(run_folder(call.session.workspace, call.stack, inputs.text("service")))


def _serves(call: Call, inputs: Inputs) -> bool:
    if inputs.unknown(*_CHANGING, *_REPLACING):
        return False
    return _service(call, inputs).serves(_specification(inputs))


def _outputs(news: Inputs) -> Properties:
    port = news.values.get("port", UNKNOWN)
    base = ports.base_url(news.text("address"), port) if isinstance(port, int) else None
    return {
        **news.values,
        "scoringUrl": f"{base}/score" if base else UNKNOWN,
        "swaggerUrl": f"{base}/swagger.json" if base else UNKNOWN,
        "healthUrl": f"{base}/" if base else UNKNOWN,
        "state": "running",
    }
