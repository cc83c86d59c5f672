"""Images that exist already, as the engine sees them: from a folder and from a registry, into either."""

import json
import urllib.request
from pathlib import Path

import pytest
from modelport.image.image_config import CONTENT_KEY_LABEL
from modelport.provider.values import Properties

from tests.components.image.made_images import PLATFORM, file, layer, write_image
from tests.provider_process import ProviderProcess
from tests.services.registry import Registry

KIND = "ImageBuild"
KEY = "a" * 64


def _inputs(store: str, reference: str, **more: str) -> Properties:
    common: Properties = {"store": store, "name": "demo", "models": [], "builder": "prebuilt", "platform": PLATFORM}
    return {**common, "prebuiltReference": reference, **more}


def _built(project: Path) -> str:
    return write_image(project / "built", [layer(file("a"))], labels={CONTENT_KEY_LABEL: KEY}).digest


def test_a_copy_is_made_once(provider: ProviderProcess, project: Path) -> None:
    """
    The preview tells all outputs; afterwards nothing is left to do, until the copy is gone.
    """
    digest = _built(project)
    checked = provider.check(KIND, "demo", _inputs("oci-layout:store", f"oci-layout:built@{digest}"))
    planned = provider.create(KIND, "demo", checked, preview=True)
    before = (project / "store").exists()
    created = provider.create(KIND, "demo", checked)
    again = provider.check(KIND, "demo", _inputs("oci-layout:store", f"oci-layout:built@{digest}"), checked)

    assert (False, planned) == (before, created)
    assert f"oci-layout:store/images/demo:{KEY}@{digest}" == created["reference"]
    assert set() == provider.diff(KIND, "demo", checked, created, again).changes
    (project / "store" / "index.json").unlink()
    assert {"reference"} == provider.diff(KIND, "demo", checked, created, again).changes


def test_a_tag_is_refused_with_the_digest_it_names(provider: ProviderProcess, project: Path) -> None:
    """
    At preview, with what to write instead.
    """
    digest = _built(project)

    [(place, reason)] = provider.refusals(KIND, "demo", _inputs("oci-layout:store", "oci-layout:built:1"))

    assert "prebuiltReference" == place
    assert f"tags move: it is 'oci-layout:built@{digest}' now" in reason


@pytest.mark.slow
def test_it_is_promoted_from_folder_to_registry_to_folder(
    provider: ProviderProcess, project: Path, registry: Registry
) -> None:
    """
    Its digest stays what it was; a cluster pulls it from the host that the settings name.
    """
    digest = _built(project)
    given = _inputs(registry.store, f"oci-layout:built@{digest}", pullHost="pull.example.com", repository="shop")
    pushed = provider.create(KIND, "demo", provider.check(KIND, "demo", given))
    reference = str(pushed["reference"])
    pulled = provider.create(KIND, "two", provider.check(KIND, "two", _inputs("oci-layout:end", reference)))
    request = urllib.request.Request(f"{registry.url}/v2/team/images/shop/manifests/{KEY}")  # noqa: S310 - http
    request.add_header("Accept", "application/vnd.oci.image.manifest.v1+json")
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - http
        stated, document = answer.headers["Docker-Content-Digest"], json.load(answer)

    assert (digest, 1) == (stated, len(document["layers"]))
    assert f"{registry.store}/images/shop:{KEY}@{digest}" == reference
    assert f"pull.example.com/team/images/shop@{digest}" == pushed["pullReference"]
    assert digest == pulled["digest"]
    assert "pullReference" not in pulled
