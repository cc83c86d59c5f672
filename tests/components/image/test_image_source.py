import pytest
from modelport.image.base_catalog import CATALOG, curated, refuse_gone
from modelport.image.image_error import ImageError
from modelport.image.image_source import parse_image_source

DIGEST = "sha256:" + "a" * 64
KEY = "b" * 64


@pytest.mark.parametrize(
    ("text", "written_out", "store", "repository"),
    [
        ("python:3.11-slim", "docker.io/library/python:3.11-slim", "oci://docker.io", "library/python"),
        ("org/app:1", "docker.io/org/app:1", "oci://docker.io", "org/app"),
        ("docker.io/debian:12", "docker.io/library/debian:12", "oci://docker.io", "library/debian"),
        ("oci://docker.io/debian:12", "docker.io/library/debian:12", "oci://docker.io", "library/debian"),
        ("example.com/a/b:1", "example.com/a/b:1", "oci://example.com", "a/b"),
        ("localhost:5000/a:1", "localhost:5000/a:1", "oci://localhost:5000", "a"),
        ("localhost/a:1", "localhost/a:1", "oci://localhost", "a"),
        (f"example.com/a@{DIGEST}", f"example.com/a@{DIGEST}", "oci://example.com", "a"),
        (f"example.com:443/a:1@{DIGEST}", f"example.com:443/a:1@{DIGEST}", "oci://example.com:443", "a"),
        ("oci://example.com/a:1", "example.com/a:1", "oci://example.com", "a"),
        ("oci+http://127.0.0.1:5000/a:1", "oci+http://127.0.0.1:5000/a:1", "oci+http://127.0.0.1:5000", "a"),
        ("oci-layout:bases/./debian", "oci-layout:bases/debian", "oci-layout:bases/debian", ""),
        ("oci-layout:bases/debian:12", "oci-layout:bases/debian:12", "oci-layout:bases/debian", ""),
        ("oci-layout:/b:1", "oci-layout:/b:1", "oci-layout:/b", ""),
        (f"oci-layout:b@{DIGEST}", f"oci-layout:b@{DIGEST}", "oci-layout:b", ""),
        (
            f"oci-layout:s/images/digits:{KEY}@{DIGEST}",
            f"oci-layout:s/images/digits:{KEY}@{DIGEST}",
            "oci-layout:s",
            "images/digits",
        ),
    ],
)
def test_every_way_to_name_an_image_is_written_out(text: str, written_out: str, store: str, repository: str) -> None:
    """
    Short names get host and `library/`, paths are normalised; what comes out names the same image when read again.
    """
    source = parse_image_source(text)

    assert (written_out, store, repository) == (str(source), str(source.store), source.repository)
    assert source == parse_image_source(written_out)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no image"),
        ("example.com/a b:1", "is no image"),
        ("example.com/a:1\n", "is no image"),
        ("x" * 5000, "is no image"),
        ("example.com/a@sha256:123", "is no image"),
        ("example.com/a", "has neither tag nor digest: add ':<tag>'"),
        ("example.com/A:1", "no usable repository"),
        ("ftp://example.com/a:1", "is not known"),
        ("oci-layout:", "is no image"),
        ("exa$mple.com/a:1", "no usable host"),
    ],
)
def test_what_names_no_image_is_an_error_with_the_way_out(text: str, reason: str) -> None:
    """
    Each mistake has its own words.
    """
    with pytest.raises(ImageError, match=r"^[^\n]*$") as raised:
        parse_image_source(text)

    assert reason in str(raised.value)


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_every_curated_name_is_an_image(name: str) -> None:
    """
    The catalog holds whole references with a tag or digest.
    """
    only = CATALOG[name].only_python

    assert curated(name, only) == str(parse_image_source(curated(name, only)))


def test_a_curated_name_follows_the_python() -> None:
    """
    The minor version that is wanted chooses the tag; without one it is the same on every machine.
    """
    assert "docker.io/library/python:3.12-slim" == curated("python-slim", "3.12")
    assert "docker.io/library/python:3.11-slim" == curated("python-slim", None)


def test_a_name_that_is_not_curated_gets_a_suggestion() -> None:
    """
    A typing error names what was meant, and all there is.
    """
    with pytest.raises(ImageError, match=r"did you mean 'python-slim'\? It is one of python-slim, python, "):
        curated("pyton-slim", None)


def test_a_curated_base_with_one_python_refuses_another() -> None:
    """
    The message says which there is, and what to use.
    """
    with pytest.raises(ImageError, match=r"has Python 3\.11 only, 3\.12 is wanted; use 'python-slim'"):
        curated("distroless-python", "3.12")


@pytest.mark.parametrize(
    ("reference", "nearest"),
    [
        ("mcr.microsoft.com/azureml/o16n-sample-user-base/ubuntu-miniconda", "base: python-slim"),
        ("mcr.microsoft.com/azureml/o16n-sample-user-base/ubuntu-miniconda:latest", "base: python-slim"),
        ("mcr.microsoft.com/azureml/onnxruntime:v0.4.0", "no script for an ONNX model"),
        ("mcr.microsoft.com/azureml/onnxruntime:v0.4.0-cuda10.0-cudnn7", "accelerator: cuda12"),
        ("mcr.microsoft.com/azureml/onnxruntime:v0.4.0-tensorrt19.03", "accelerator: cuda12"),
        ("mcr.microsoft.com/azureml/base:intelmpi2018.3-ubuntu16.04", "base: python-slim"),
        ("mcr.microsoft.com/azureml/base-gpu:intelmpi2018.3-cuda10.0-cudnn7-ubuntu16.04", "accelerator: cuda12"),
        ("AzureML.DerivedImageName", "give its value"),
    ],
)
def test_images_of_old_azure_ml_name_the_nearest(reference: str, nearest: str) -> None:
    """
    What can no longer be used is told before anyone is asked for it.
    """
    with pytest.raises(ImageError) as raised:
        refuse_gone(reference)

    assert nearest in str(raised.value)


@pytest.mark.parametrize("reference", ["mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20240101.v1", "python:3.11"])
def test_other_images_are_not_refused_by_name(reference: str) -> None:
    """
    Azure ML's newer images are judged by what is in them.
    """
    refuse_gone(reference)
