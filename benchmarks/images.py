"""Building and pushing an image, beside `docker build` and `docker push` in the same run: seconds and bytes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.clone import CommandFailedError, Stopwatch
from benchmarks.docker_images import DockerImages, clients
from benchmarks.image_builders import Contestant, Docker, Modelport
from benchmarks.image_project import ImageProject
from benchmarks.image_report import Brought, image_report
from benchmarks.image_runs import measure_runs
from tests.services.registry import Registry, registry_process
from tools import debian_base, services
from tools.cache import cache_folder

FIRST_BUILDS = 2
REPEATED = 3
CHANGES: dict[str, Callable[[ImageProject], None]] = {
    "script change": ImageProject.change_script,
    "model change": ImageProject.change_model,
    "no change": lambda _: None,
}


def measure_images(folder: Path) -> str:
    """Measure in *folder*, which is empty; give the text of the page. Raises `ServiceError` for what is missing."""
    services.start_docker(cache_folder())
    base = debian_base.provide(cache_folder())
    brought: list[Brought] = []
    for number in range(1, FIRST_BUILDS + 1):
        with DockerImages(folder) as images, _contestants(folder / str(number), base, images) as contestants:
            brought += _measured("first build", contestants)
            if number == FIRST_BUILDS:
                brought += _repeated(contestants)
                [ours] = [each for each in contestants if isinstance(each, Modelport)]
                runs = measure_runs(ours, images)
    return image_report(brought, runs)


def stored_bytes(registry: Registry) -> int:
    """Add up what *registry* keeps: layers, configurations, manifests, each once."""
    return sum(blob.stat().st_size for blob in registry.storage.glob("blobs/sha256/*/*/data"))


@contextmanager
def _contestants(folder: Path, base: Path, images: DockerImages) -> Iterator[list[Contestant]]:
    """Give each an empty registry and a new project; one in which nothing is locked or made."""
    program = services.find("docker-registry")
    if program is None:
        msg = "docker-registry is missing; run `make services` as root on Debian"
        raise CommandFailedError(msg)
    with ExitStack() as stack:

        def registry() -> Registry:
            place = folder / f"registry-{len(list(folder.glob('registry-*')))}"
            return stack.enter_context(registry_process(program, place, users=None, tokens=False, tls=False))

        docker: list[Contestant] = [
            Docker(folder / f"docker-{number}", base, registry(), images, client)
            for number, client in enumerate(clients())
        ]
        yield [Modelport(folder / "modelport", base, registry()), *docker]


def _repeated(contestants: Sequence[Contestant]) -> Iterator[Brought]:
    for case, change in CHANGES.items():
        for _ in range(REPEATED):
            for each in contestants:
                change(each.project)
            yield from _measured(case, contestants)


def _measured(case: str, contestants: Sequence[Contestant]) -> Iterator[Brought]:
    """Let all bring the same, one after another: a machine that slows down slows all of them."""
    for each in contestants:
        each.prepare()
        before, watch = stored_bytes(each.registry), Stopwatch()
        parts = each.bring()
        yield Brought(case, each.name, watch.seconds, parts, stored_bytes(each.registry) - before)
