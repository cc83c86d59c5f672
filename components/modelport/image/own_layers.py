"""The layers that are made from files of this machine: runtime, script, and the links that tie an image together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from modelport.image.base import LockedBase
from modelport.image.layers import Layer, LayerKind, packed_layer, with_folders
from modelport.image.places import APP, ENVIRONMENT, MODELS, OWN, RUNTIME, VERSIONS
from modelport.image.runtime_files import PACKAGE, RuntimeFiles
from modelport.image.script_files import ScriptTree
from modelport.store.descriptor import Descriptor
from modelport.store.tar import TarEntry


@dataclass(frozen=True)
class ModelLayer:
    """A registered model as images take it: its own uncompressed layer, unchanged."""

    name: str
    digest: str
    """Of the model's content manifest."""
    version: int
    descriptor: Descriptor
    open: Callable[[], Iterable[bytes]] = field(compare=False, repr=False)
    """Gives the layer's bytes, for a repository that cannot take them over from the model's."""

    @property
    def layer(self) -> Layer:
        """The model as a layer."""
        origin = f"models/{self.name}"
        return Layer(
            LayerKind.MODEL,
            self.descriptor,
            self.descriptor.digest,  # not compressed: one digest serves as both
            f"model {self.name}",
            self.open,
            origin,
        )


def runtime_layer(runtime: RuntimeFiles) -> Layer:
    """Pack the runtime: the same bytes for every image of one release."""
    files = {f"{RUNTIME}/{PACKAGE}/{path}": runtime.root / path for path, _ in runtime.files}
    entries = [TarEntry(name, path, path.stat().st_size) for name, path in files.items()]
    return packed_layer(LayerKind.RUNTIME, "scoring runtime", with_folders(entries, OWN))


def script_layer(tree: ScriptTree) -> Layer:
    """Pack the script's folder."""
    entries = [
        TarEntry(f"{APP}/{each.path}", tree.root / each.path, each.size, executable=each.is_executable)
        for each in tree.files
    ]
    return packed_layer(LayerKind.SCRIPT, "script", with_folders(entries, APP))


def links_layer(base: LockedBase, models: Sequence[ModelLayer], *, own_packages: bool = False) -> Layer:
    """
    Pack what depends on the base's place of Python and on the store's counter of versions.

    It is the last and smallest layer, so that neither changes the environment's or a model's. With *own_packages* the
    base's packages can be imported, too.
    """
    entries = [*_version_links(models), *_virtual_environment(base, own_packages=own_packages)]
    return packed_layer(LayerKind.LINKS, "model versions and interpreter", with_folders(entries, VERSIONS, OWN))


def _version_links(models: Iterable[ModelLayer]) -> Iterator[TarEntry]:
    for each in models:
        yield TarEntry(f"{VERSIONS}/{each.name}/{each.version}", link=f"../../{MODELS.rpartition('/')[2]}/{each.name}")


def _virtual_environment(base: LockedBase, *, own_packages: bool) -> Iterator[TarEntry]:
    home = base.python.rpartition("/")[0]
    shared = str(own_packages).lower()
    settings = f"home = {home}\ninclude-system-site-packages = {shared}\nversion = {base.python_version}\n"
    yield TarEntry.of(f"{ENVIRONMENT}/pyvenv.cfg", settings.encode())
    for name in ("python", "python3"):
        yield TarEntry(f"{ENVIRONMENT}/bin/{name}", link=base.python)
