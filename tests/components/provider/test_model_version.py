"""Models in the provider."""

from pathlib import Path

from tests.provider_process import ProviderProcess
from tests.scoring.check.hostile import call

INPUTS = {"store": "oci-layout:.modelport/store", "name": "net", "path": "net.pkl"}


def test_a_pickle_that_runs_code_is_refused_at_preview(project: Path, provider: ProviderProcess) -> None:
    """
    Check says so, at the path, together with whatever else is wrong; trust lets it pass.
    """
    (project / "net.pkl").write_bytes(call("os", "system"))
    refused = provider.refusals("ModelVersion", "net", {**INPUTS, "framework": "Keras"})
    trusted = provider.check("ModelVersion", "net", {**INPUTS, "trust": True})
    outputs = provider.create("ModelVersion", "net", trusted)

    assert ["framework", "path"] == sorted(path for path, _reason in refused)
    assert "'net.pkl' names os.system at byte 2" in dict(refused)["path"]
    assert 1 == outputs["version"]
    assert set() == provider.diff("ModelVersion", "net", trusted, outputs, trusted).changes
