"""What is saved every day is clean."""

import datetime as dt
import pickle
import sys
import tracemalloc
import zipfile
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import joblib
import numpy as np
import pytest
import scipy.sparse
import sklearn
from modelport_scoring.check.pickles import PickleScan, scan_file
from modelport_scoring.check.pickles.allowed import NAMES, is_allowed
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    SplineTransformer,
    StandardScaler,
)
from sklearn.svm import SVC

ESTIMATORS = (
    CalibratedClassifierCV(GaussianNB()),
    ColumnTransformer([("scale", StandardScaler(), [0]), ("split", KBinsDiscretizer(3), [1])]),
    GaussianProcessClassifier(),
    GradientBoostingClassifier(n_estimators=3),
    GridSearchCV(SVC(), {"C": [1, 2]}, cv=2, scoring=make_scorer(f1_score, average="macro")),
    HistGradientBoostingClassifier(max_iter=3),
    KMeans(2, n_init=1),
    KNeighborsClassifier(),
    MLPClassifier(3, max_iter=500, tol=0.1),
    RandomForestClassifier(3, random_state=np.random.RandomState(1)),
    SGDClassifier(),
    make_pipeline(SimpleImputer(), FunctionTransformer(np.log1p), SelectKBest(k=2), LogisticRegression(max_iter=500)),
    make_pipeline(SplineTransformer(), OneHotEncoder(handle_unknown="ignore"), SVC()),
)
_ARRAY = np.arange(6.0).reshape(2, 3)
VALUES: dict[str, Any] = {
    "plain": {"a": [1, 2.5, True, None, 1 << 80], "b": ("x", b"y", {1, 2}, frozenset({3}), 1j, range(3), slice(1))},
    "collections": [OrderedDict(a=1), defaultdict(list, a=[1]), Counter("aab"), bytearray(b"x")],
    "dates": [dt.datetime(2026, 1, 2, tzinfo=dt.UTC), dt.timedelta(1), Path("a")],
    "arrays": [
        _ARRAY,
        np.asfortranarray(_ARRAY),
        np.array(["a", "bc"]),
        np.array([b"x"]),
        np.zeros((0, 3)),
        np.array(1),
    ],
    "objects": np.array([{"a": 1}, None, "x", _ARRAY], dtype=object),
    "records": np.zeros(2, dtype=[("a", "f8"), ("b", "U3"), ("c", "O")]),
    "plain records": np.zeros(2, dtype=[("a", "f8"), ("b", "S3"), ("c", "i4", (2,))]),
    "times": np.array(["2026-01-02"], dtype="M8[D]"),
    "masked": np.ma.masked_array([1, 2], mask=[True, False]),
    "matrix": np.asmatrix(_ARRAY),
    "scalars": [np.float64(1), np.int32(2), np.bool_(1), np.str_("x"), np.datetime64("2026-01-02")],
    "random": [np.random.RandomState(1), np.random.default_rng(1)],
    "dtype": [np.dtype("f4"), np.float32],
    "sparse": [scipy.sparse.csr_matrix(_ARRAY), scipy.sparse.coo_array(_ARRAY), scipy.sparse.lil_matrix(_ARRAY)],
    "words": {f"word{number}": np.int64(number) for number in range(3000)},
    "numbers": tuple(range(3000)),
    "partial": partial(np.log1p),
    "repeated": [_ARRAY, _ARRAY, ["x" * 5000] * 3],
    "many": [np.full(3, number) for number in range(300)],
}


def _pickle(protocol: int) -> Callable[[Any, Path], object]:
    return lambda value, path: path.write_bytes(pickle.dumps(value, protocol))


def _joblib(**options: object) -> Callable[[Any, Path], object]:
    return lambda value, path: joblib.dump(value, path, **options)


SAVES = {
    **{f"pickle {protocol}": _pickle(protocol) for protocol in range(6)},
    "joblib": _joblib(),
    "joblib, protocol 2": _joblib(protocol=2),
    **{f"joblib, {kind}": _joblib(compress=(kind, 3)) for kind in ("zlib", "gzip", "bz2", "xz", "lzma")},
}


@pytest.fixture(autouse=True)
def _without_dill(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulumi's SDK imports dill, which teaches the picklers of a process its own ways: undo that."""
    if "dill" not in sys.modules:
        return
    plain = import_module("dill._dill").pickle_dispatch_copy
    for pickler in (pickle._Pickler, joblib.numpy_pickle.NumpyPickler):
        monkeypatch.setattr(pickler, "dispatch", dict(plain))


def scan(path: Path) -> PickleScan:
    return scan_file(path, path.name)


@pytest.mark.slow
@pytest.mark.parametrize("save", SAVES)
def test_fitted_estimators_are_clean(tmp_path: Path, save: str) -> None:
    """
    Estimators of many kinds, however they are saved; the release that wrote them is read too.
    """
    rows, classes = load_iris(return_X_y=True)
    path = tmp_path / "model.joblib"
    found = {}
    for model in ESTIMATORS:
        SAVES[save](model.fit(rows, classes), path)
        result = scan(path)
        found[str(model)] = (result.findings, result.pickles, result.sklearn_version)

    assert dict.fromkeys(map(str, ESTIMATORS), ((), 1, sklearn.__version__)) == found


@pytest.mark.parametrize("save", SAVES)
def test_values_are_clean(tmp_path: Path, save: str) -> None:
    """
    Data types of Python, NumPy and SciPy, however they are saved.
    """
    found = {}
    for kind, value in VALUES.items():
        SAVES[save](value, tmp_path / "model.pkl")
        found[kind] = scan(tmp_path / "model.pkl").findings

    assert dict.fromkeys(VALUES, ()) == found


def test_a_vocabulary_is_clean(tmp_path: Path) -> None:
    """
    Words of a text are data, even those that are names of modules.
    """
    words = TfidfVectorizer().fit(["os system subprocess eval exec builtins", "_sklearn_version posix"])
    joblib.dump(words, tmp_path / "model.joblib")

    assert () == scan(tmp_path / "model.joblib").findings


def test_several_pickles_in_one_file_are_clean(tmp_path: Path) -> None:
    """
    Pickles that were dumped one after the other are all read.
    """
    (tmp_path / "model.pkl").write_bytes(b"".join(pickle.dumps({"part": part}) for part in range(3)))

    assert PickleScan(pickles=3) == scan(tmp_path / "model.pkl")


def test_numpys_files_are_clean(tmp_path: Path) -> None:
    """
    Arrays of numbers hold no pickle, arrays of objects do.
    """
    np.save(tmp_path / "numbers.npy", _ARRAY)
    np.save(tmp_path / "objects.npy", VALUES["objects"])
    np.savez_compressed(tmp_path / "both.npz", a=_ARRAY, b=VALUES["objects"])

    assert [0, 1, 1] == [scan(tmp_path / name).pickles for name in ("numbers.npy", "objects.npy", "both.npz")]
    assert [()] * 3 == [scan(path).findings for path in tmp_path.iterdir()]


def test_torchs_state_is_clean(tmp_path: Path) -> None:
    """
    A state dict: tensors by name, their numbers beside the pickle.
    """
    storage = b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04tQ"
    tensor = (
        b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\0K\x04\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtR"
    )
    data = b"\x80\x02ccollections\nOrderedDict\n)RX\x01\0\0\0w" + tensor + b"s."
    with zipfile.ZipFile(tmp_path / "net.pt", "w") as archive:
        archive.writestr("net/data.pkl", data)
        archive.writestr("net/data/0", bytes(16))
    legacy = b"".join(pickle.dumps(each, 2) for each in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}))
    (tmp_path / "old.pth").write_bytes(legacy + data + pickle.dumps(["0"], 2) + (4).to_bytes(8, "little") + bytes(16))

    assert [()] * 2 == [scan(tmp_path / name).findings for name in ("net.pt", "old.pth")]


def test_pickles_of_joblib_before_python_3_are_clean(tmp_path: Path) -> None:
    """
    Names that Python 2 wrote are read as Python 3 does; its texts may hold any bytes.
    """
    data = b"(lp0\nc__builtin__\nset\np1\n((lp2\nI1\natRp3\nac__builtin__\nxrange\n(I1\ntRaS'\\xff'\na."
    (tmp_path / "model.pkl").write_bytes(data)

    assert () == scan(tmp_path / "model.pkl").findings


@pytest.mark.slow
def test_what_scikit_learn_only_borrows_is_not_allowed() -> None:
    """
    No class that a module of scikit-learn imports from elsewhere is allowed by that module's name.
    """
    borrowed = set()
    for found in walk_packages(sklearn.__path__, "sklearn."):
        if {"tests", "conftest", "_build_utils", "externals", "experimental"} & set(found.name.split(".")):
            continue
        for name, value in vars(import_module(found.name)).items():
            home = str(getattr(value, "__module__", ""))
            foreign = callable(value) and home.partition(".")[0] not in {"sklearn", "", "None", "numpy"}
            harmless = name.endswith(("Warning", "Error")) or is_allowed(home, name)
            if foreign and not harmless and is_allowed(found.name, name):
                borrowed.add(f"{found.name}.{name} of {home}")

    assert set() == borrowed


def test_nothing_allowed_runs_code() -> None:
    """
    The list has none of the names that execute, import, open or look up.
    """
    banned = {"eval", "exec", "compile", "open", "getattr", "setattr", "__import__", "load", "loads", "system", "map"}
    banned |= {"memmap", "fromfile", "type", "apply", "import_module", "attrgetter", "methodcaller", "namedtuple"}

    assert [] == [f"{module}.{name}" for module, names in NAMES.items() for name in sorted(names & banned)]


def test_reading_needs_little_memory(tmp_path: Path) -> None:
    """
    An unpacked stream is read in pieces: 200 MB of zeros, saved by joblib with compression.
    """
    path = tmp_path / "model.joblib"
    joblib.dump(np.zeros(25_000_000), path, compress=1)
    tracemalloc.start()
    found = scan(path)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert () == found.findings
    assert peak < 20_000_000
