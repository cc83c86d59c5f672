"""Where a project keeps what Modelport makes: everything lies under `.modelport/`, beside `Pulumi.yaml`."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = ".modelport"
DEFAULT_STORE = f"oci-layout:{FOLDER}/store"
LOCK_FILE = "modelport.lock"


@dataclass(frozen=True)
class Workspace:
    """The folders of the project at *root* (the folder of `Pulumi.yaml`); none is made before it is needed."""

    root: Path

    @property
    def folder(self) -> Path:
        """All that may be made again, the default store excepted."""
        return self.root / FOLDER

    @property
    def environments(self) -> Path:
        """One virtual environment per environment key."""
        return self.folder / "environments"

    @property
    def builds(self) -> Path:
        """One folder per content key: the files the image would hold."""
        return self.folder / "builds"

    @property
    def models(self) -> Path:
        """Unpacked models, one folder per name and digest; builds share them."""
        return self.folder / "models"

    @property
    def layers(self) -> Path:
        """Layers of images, kept because making them takes long: one folder per environment key."""
        return self.folder / "layers"

    @property
    def contexts(self) -> Path:
        """Folders for `docker build`, one per image."""
        return self.folder / "contexts"

    @property
    def bases(self) -> Path:
        """Layers of base images that were read, as an OCI layout; images share them."""
        return self.folder / "bases"

    @property
    def run(self) -> Path:
        """Records, logs and settings of running services, one folder per stack."""
        return self.folder / "run"

    @property
    def lock_file(self) -> Path:
        """The committed dependency lock."""
        return self.root / LOCK_FILE
