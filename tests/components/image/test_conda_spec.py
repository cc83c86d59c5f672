import pytest
from modelport.errors import ModelportError
from modelport.image.conda_spec import parse_spec, spec_name


@pytest.mark.parametrize(
    ("text", "name", "specifier"),
    [
        ("numpy", "numpy", ""),
        ("numpy=1.26", "numpy", "==1.26.*"),
        ("numpy==1.26", "numpy", "==1.26"),
        ("numpy=1.26.*", "numpy", "==1.26.*"),
        ("numpy=1.11*", "numpy", "==1.11.*"),
        ("numpy=*", "numpy", ""),
        ("numpy 1.8.1", "numpy", "==1.8.1"),
        ("numpy =1.8", "numpy", "==1.8.*"),
        ("numpy>=1.2,<2", "numpy", "<2,>=1.2"),
        ("numpy >= 1.2 , < 2", "numpy", "<2,>=1.2"),
        ("numpy>=1.2.*", "numpy", ">=1.2"),
        ("numpy!=1.2.*", "numpy", "!=1.2.*"),
        ("numpy[version='>=1.8,<2']", "numpy", "<2,>=1.8"),
        ("conda-forge::scikit-learn=0.20.0", "scikit-learn", "==0.20.0.*"),
        ("typing_extensions", "typing-extensions", ""),
        ("_libgcc_mutex=0.1", "-libgcc-mutex", "==0.1.*"),
    ],
)
def test_a_conda_package_in_pips_words(text: str, name: str, specifier: str) -> None:
    """
    One `=` is a prefix of versions, two are one version; blanks and channels make no difference.
    """
    spec = parse_spec(text)

    assert (name, specifier) == (spec.name, str(spec.specifier))


@pytest.mark.parametrize(
    ("text", "specifier", "build"),
    [
        ("numpy=1.11.1=py36_0", "==1.11.1", "py36_0"),
        ("numpy==1.11.1=py36_0", "==1.11.1", "py36_0"),
        ("numpy 1.8.1 py27_0", "==1.8.1", "py27_0"),
        ("blas=*=openblas", "", "openblas"),
        ("numpy[version='1.8',build=py_0]", "==1.8", "py_0"),
    ],
)
def test_a_build_string_makes_the_version_exact(text: str, specifier: str, build: str) -> None:
    """
    What `conda env export` writes is one version; the build is told apart, since wheels have none.
    """
    spec = parse_spec(text)

    assert (specifier, build) == (str(spec.specifier), spec.build)


@pytest.mark.parametrize("text", ["numpy=1.2|1.3", "a b c d|e", "-x", "", "numpy=9d", "numpy=>1", "a;b"])
def test_what_is_no_package_is_refused_by_its_text(text: str) -> None:
    """
    The error names what stands there, and how it should look.
    """
    with pytest.raises(ModelportError, match=r"write (it like|one)"):
        parse_spec(text)


def test_a_channel_is_never_shown() -> None:
    """
    A channel may be a URL with a token in it.
    """
    with pytest.raises(ModelportError) as raised:
        parse_spec("https://example.com/t/hunter2::numpy=9d")

    assert "hunter2" not in str(raised.value)
    assert parse_spec("https://example.com/t/hunter2::numpy=1").text == "numpy=1"


def test_a_name_can_be_read_where_the_version_cannot() -> None:
    """
    Libraries that are left out have versions that no package index knows.
    """
    assert spec_name("jpeg=9d=h_1") == "jpeg"
