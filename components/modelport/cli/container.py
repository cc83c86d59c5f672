"""The container of a service, as the stack's outputs name it."""

from dataclasses import dataclass

from modelport.cli.engine import Engine
from modelport.cli.project import Project
from modelport.local.docker_daemon import DockerDaemon, docker_host


@dataclass(frozen=True)
class ServiceContainer:
    """A container by name, and the daemon that has it."""

    name: str
    daemon: DockerDaemon


def container_of(project: Project, stack: str, service: str) -> ServiceContainer | None:
    """Find the container of *service*; ``None`` when the stack has no such service, or it is no container."""
    engine = Engine(project, stack)
    endpoint = engine.outputs().get("endpoints", {}).get(service, {}) if engine.has_stack() else {}
    if "container" not in endpoint:
        return None
    folder = endpoint.get("docker_cert_path")
    certificates = str(project.root / folder) if folder else None
    return ServiceContainer(endpoint["container"], DockerDaemon(docker_host(endpoint.get("docker_host")), certificates))
