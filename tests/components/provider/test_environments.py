"""Conda files and curated environments, through the provider's protocol."""

from pathlib import Path

import pytest
from modelport.image.lock import read_lock
from modelport.lock_mode import LOCK_MODE, LOCK_REFRESH
from modelport.provider.values import Properties

from tests.provider_process import ProviderProcess

pytestmark = pytest.mark.slow

IMAGE: Properties = {
    "store": "oci-layout:.modelport/store",
    "name": "echo",
    "models": [],
    "entryScript": "examples/diabetes/score.py",
    "condaFile": "conda.yml",
}


def test_a_comment_in_a_conda_file_changes_nothing(project: Path, provider: ProviderProcess) -> None:
    """
    The key is of what the file asks for; order, comments and blanks are no part of it.
    """
    file = project / "conda.yml"
    file.write_text("dependencies: [joblib=1.6, numpy=2.4]\nvariables: {A: b}\n")
    one = provider.check("ImageBuild", "echo", IMAGE)
    file.write_text("# the same\ndependencies:\n- numpy = 2.4\n- pip: [joblib==1.6.*]\nvariables: {A: b}\n")
    two = provider.check("ImageBuild", "echo", IMAGE)
    file.write_text("dependencies: [joblib=1.6, numpy=2.4]\nvariables: {A: c}\n")
    three = provider.check("ImageBuild", "echo", IMAGE)

    assert one["contentKey"] == two["contentKey"]
    assert one["contentKey"] != three["contentKey"]
    assert one["environmentKey"] == three["environmentKey"]


def test_all_that_cannot_be_had_is_refused_at_preview(project: Path, provider: ProviderProcess) -> None:
    """
    Azure ML's sample of 2019: an old Python and an old scikit-learn, one refusal each, with line and the nearest.
    """
    (project / "conda.yml").write_text(
        "name: project_environment\ndependencies:\n- python=3.6.2\n- scikit-learn=0.20.0\n"
        "- pip:\n  - azureml-defaults>=1.0.45\n  - inference-schema[numpy-support]\n"
    )

    refusals = provider.refusals("ImageBuild", "echo", IMAGE)
    said = {where: text for where, _, text in (reason.partition(": ") for _, reason in refusals)}

    assert ["condaFile", "condaFile"] == [path for path, _ in refusals]
    assert {"conda.yml:3", "conda.yml:4"} == set(said)
    assert said["conda.yml:3"] == "Python 3.6.2 cannot be had: 3.11 to 3.13 can, nearest is 3.11"
    assert "scikit-learn==0.20.0.*" in said["conda.yml:4"]
    assert "has one; or " in said["conda.yml:4"]


def test_the_lock_sees_what_a_preview_sees(project: Path) -> None:
    """
    `modelport lock` reads conda file and curated environment, too.
    """
    (project / "conda.yml").write_text("dependencies: [joblib]\n")
    with ProviderProcess(project, environment={LOCK_MODE: LOCK_REFRESH}) as locking:
        locking.check("ImageBuild", "echo", {**IMAGE, "environment": "onnx"})
    with ProviderProcess(project, environment={"CI": "true"}) as later:
        later.check("ImageBuild", "echo", {**IMAGE, "environment": "onnx"})

    assert {"joblib", "numpy>=2", "onnxruntime<2,>=1.20"} <= set(
        read_lock(project / "modelport.lock").environments["echo"].requires
    )
