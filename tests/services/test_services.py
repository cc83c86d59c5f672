"""The services themselves: other tests rely on what is promised here."""

import json
import subprocess
from pathlib import Path

import pytest
import requests

from tests.services.fixtures import StartRegistry
from tests.services.registry import Registry
from tests.services.scoring_container import docker, run_image
from tools import debian_base as recipe

pytestmark = pytest.mark.slow

USERS = {"ada": "correct horse"}
SCOPE = "repository:team/x:pull,push"


def test_anybody_may_write_to_a_plain_registry(registry: Registry) -> None:
    """
    The registry begins an upload for anybody, and keeps its files in the test's folder.
    """
    begun = requests.post(f"{registry.url}/v2/team/x/blobs/uploads/", timeout=10)

    assert 202 == begun.status_code
    assert registry.storage.is_dir()


def test_passwords_are_asked_for(start_registry: StartRegistry) -> None:
    """
    With users, only the right password is let in.
    """
    registry = start_registry(users=USERS)
    answers = [
        requests.get(f"{registry.url}/v2/", auth=auth, timeout=10).status_code
        for auth in (None, ("ada", "wrong"), ("ada", "correct horse"))
    ]

    assert [401, 401, 200] == answers


def test_the_registry_takes_the_servers_tokens(start_registry: StartRegistry) -> None:
    """
    A token for a user opens an upload; one for anybody does not, and the challenge names the server.
    """
    registry = start_registry(users=USERS, tokens=True)
    assert registry.tokens is not None
    upload = f"{registry.url}/v2/team/x/blobs/uploads/"
    challenge = requests.post(upload, timeout=10).headers["WWW-Authenticate"]
    codes = []
    for auth in (("ada", "correct horse"), None):
        query = {"service": "registry of a test", "scope": SCOPE}
        token = requests.get(registry.tokens.realm, query, auth=auth, timeout=10).json()["token"]
        codes.append(requests.post(upload, headers={"Authorization": f"Bearer {token}"}, timeout=10).status_code)

    assert f'realm="{registry.tokens.realm}"' in challenge
    assert [202, 401] == codes
    assert 2 * [f"GET {SCOPE}"] == registry.tokens.requests


def test_a_registry_with_tls_has_an_authority_of_its_own(start_registry: StartRegistry) -> None:
    """
    Who trusts the authority gets in; who does not sees no answer.
    """
    registry = start_registry(tls=True)
    assert registry.certificates is not None

    assert (
        200 == requests.get(f"{registry.url}/v2/", verify=str(registry.certificates.authority), timeout=10).status_code
    )
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{registry.url}/v2/", timeout=10)


def test_the_base_image_runs_python(docker_daemon: str, debian_base: Path, tmp_path: Path) -> None:
    """
    Its layer is a root file system with a Python that has ssl and ctypes, and runs as nobody on a read-only root.
    """
    [entry] = json.loads((debian_base / "index.json").read_text())["manifests"]
    blobs = debian_base / "blobs" / "sha256"
    manifest = json.loads((blobs / entry["digest"].removeprefix("sha256:")).read_text())
    [layer] = manifest["layers"]
    image = "modelport-test-base:python"
    subprocess.run(["docker", "import", blobs / layer["digest"].removeprefix("sha256:"), image], check=True)
    command = (recipe.PYTHON, "-c", "import ssl, ctypes, sys; print(sys.version_info[:2])")
    said = docker("run", "--rm", "--read-only", "--user=10001", image, *command)
    docker("image", "rm", image)

    assert recipe.TAG == entry["annotations"]["org.opencontainers.image.ref.name"]
    assert "(3, 11)" == said


def test_a_container_can_be_reached_and_ends(docker_daemon: str, debian_base: Path) -> None:
    """
    An image that listens on the port of scoring images answers at the url, and `stop` gives its exit code.
    """
    [layer] = [path for path in (debian_base / "blobs" / "sha256").iterdir() if path.stat().st_size > 1_000_000]
    image = "modelport-test-base:server"
    command = json.dumps([recipe.PYTHON, "-m", "http.server", "--directory", "/etc", "5001"])
    subprocess.run(["docker", "import", f"--change=CMD {command}", layer, image], check=True)
    with run_image(image, options=("--init",)) as container:
        code = container.stop(grace_s=10)
        logs = container.logs()
    docker("image", "rm", image)

    assert 143 == code
    assert '"GET / HTTP/1.1" 200' in logs
