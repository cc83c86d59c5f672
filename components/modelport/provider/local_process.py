"""`LocalProcess`: a service on this machine, as the engine sees it."""

from modelport.errors import InputError, InvalidInputsError, ModelportError
from modelport.image.build import load_build
from modelport.image.platforms import host_platform
from modelport.local import ports
from modelport.local.runs import run_folder
from modelport.local.service import LocalProcessService, ServiceFailedError
from modelport.local.specification import Program, ServiceSpecification
from modelport.naming import service_name_problem
from modelport.provider.inputs import Inputs
from modelport.provider.models import forget_models, hold_models
from modelport.provider.resource import Call, Difference, PartialCreateError
from modelport.provider.values import UNKNOWN, Properties, Secret

_DEFAULTS: dict[str, int] = {"workers": 1, "readyTimeoutS": 60, "drainTimeoutS": 30, "logMaxMb": 10, "logBackups": 3}
_BOUNDS = {"workers": (1, 256), "readyTimeoutS": (1, 3600), "drainTimeoutS": (0, 3600), "logMaxMb": (1, 10240)}
_KEYS = ("primaryKeyDigest", "secondaryKeyDigest")
_REPLACING = ("address", "port", "service")
_CHANGING = ("image", "models", *_DEFAULTS, *_KEYS)


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
        for name, default in _DEFAULTS.items():
            checked[name] = _bounded(name, news, default, failures)
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
        _service(call, outputs).stop(outputs.number("drainTimeoutS", _DEFAULTS["drainTimeoutS"]))
        forget_models(call, outputs.text("image"), outputs.text("service"))

    def _apply(self, call: Call, news: Inputs) -> None:
        specification = _specification(news)
        service = _service(call, news)
        wanted, running = (specification.address, specification.port), service.listens_on()
        if running not in {None, wanted}:  # left by a killed update, before the port was changed
            service.stop(specification.drain_timeout_s)
        if running != wanted and not ports.is_free(*wanted):
            raise ModelportError(_taken(specification.service, specification.address, specification.port))
        build = load_build(call.session.workspace, specification.image.rpartition(":")[2])
        _same_platform(specification.service, build.platform)
        hold_models(call, specification.image, specification.service, build)
        program = Program(build, call.session.workspace.environments / build.environment_key)
        service.apply(specification, program, call.progress)


def _port(call: Call, olds: Inputs, news: Inputs, service: str, address: str, failures: list[InputError]) -> int | None:
    """Take the port that was asked for, else the one in use, else a free one; refuse one that somebody else has."""
    running = LocalProcessService(run_folder(call.session.workspace, call.stack, service)).listens_on()
    current = olds.whole("port", 0) if olds.values.get("address") == address else 0
    if not olds.values and running and running[0] == address:
        current = running[1]  # a killed update started it, and no state tells of it
    asked = news.whole("port", 0) if "port" in news.values else current
    if "port" in news.values and asked not in ports.PORTS:
        failures.append(InputError("port", f"port {asked} is out of range; give one from 1 to 65535, or none"))
        return None
    port = asked or ports.choose(address, f"{call.stack.label}/{service}")
    if other := call.session.claim(("port", address, str(port)), service):
        reason = f"port {port} on {address} is asked for by services {other!r} and {service!r}; give each its own"
        failures.append(InputError("port", reason))
    if running != (address, port) and not ports.is_free(address, port):
        failures.append(InputError("port", _taken(service, address, port)))
    return port


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


def _bounded(name: str, news: Inputs, default: int, failures: list[InputError]) -> int | float:
    value = news.number(name, default)
    low, high = _BOUNDS.get(name, (0, 1000))
    if not low <= value <= high:
        failures.append(InputError(name, f"{value:g} is out of range; give {low} to {high}"))
    return int(value) if value.is_integer() else value


def _specification(news: Inputs) -> ServiceSpecification:
    return ServiceSpecification(
        service=news.text("service"),
        image=news.text("image"),
        models=tuple(news.texts("models")),
        address=news.text("address"),
        port=news.whole("port", 0),
        workers=news.whole("workers", _DEFAULTS["workers"]),
        ready_timeout_s=news.number("readyTimeoutS", _DEFAULTS["readyTimeoutS"]),
        drain_timeout_s=news.number("drainTimeoutS", _DEFAULTS["drainTimeoutS"]),
        log_max_mb=news.whole("logMaxMb", _DEFAULTS["logMaxMb"]),
        log_backups=news.whole("logBackups", _DEFAULTS["logBackups"]),
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
