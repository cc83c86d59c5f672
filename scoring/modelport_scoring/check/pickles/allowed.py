"""
What a pickle may name: constructors and data types that do no more than build a value, whatever arguments they get.

A pickle can have anything on this list called with any arguments, so nothing is on it that runs code, imports by name,
looks attributes up, opens files or loads other pickles.
"""

import _compat_pickle
import re
import sys
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PLAIN: Final = {
    "builtins": "bool bytearray bytes complex dict float frozenset int list object range set slice str tuple "
    "Ellipsis False None NotImplemented True",
    "_codecs": "encode",  # how protocols 0 to 2 write bytes
    "array": "array _array_reconstructor",
    "collections": "Counter OrderedDict defaultdict deque",
    "copyreg": "_reconstructor __newobj__ __newobj_ex__",
    "datetime": "date datetime time timedelta timezone",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "functools": "partial",  # what it is to call is a global of its own
    "joblib.numpy_pickle": "NumpyArrayWrapper",
    "sklearn.externals.joblib.numpy_pickle": "NumpyArrayWrapper",
    "pathlib": "Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath",
    "types": "SimpleNamespace",
    "uuid": "UUID",
}
_NUMPY: Final = {
    "numpy": "bool bool_ bytes_ complex128 complex64 datetime64 double dtype float16 float32 float64 int16 int32 int64 "
    "int8 int_ intc intp longdouble longlong matrix ndarray object_ record recarray single str_ timedelta64 uint "
    "uint16 uint32 uint64 uint8 uintc uintp ulonglong unicode_ void "
    "abs absolute arccos arcsin arcsinh arctan arctanh cbrt ceil cos cosh exp exp2 expm1 floor log log10 log1p log2 "
    "max maximum mean median min minimum negative power reciprocal rint sign sin sinh sqrt square std sum tan tanh var",
    "numpy.core.multiarray": "_reconstruct scalar",
    "numpy.core.numeric": "_frombuffer",
    "numpy.core.records": "recarray record",
    "numpy.dtypes": "StringDType",
    "numpy.ma": "MaskedArray masked_array",
    "numpy.ma.core": "MaskedArray _mareconstruct",
    "numpy.matrixlib.defmatrix": "matrix",
    "numpy.random": "Generator MT19937 PCG64 PCG64DXSM Philox RandomState SFC64 SeedSequence",
    "numpy.random._generator": "Generator",
    "numpy.random._mt19937": "MT19937",
    "numpy.random._pcg64": "PCG64 PCG64DXSM",
    "numpy.random._philox": "Philox",
    "numpy.random._sfc64": "SFC64",
    "numpy.random._pickle": "__bit_generator_ctor __generator_ctor __randomstate_ctor",
    "numpy.random.bit_generator": "SeedSequence __pyx_unpickle_SeedSequence",
    "numpy.random.mtrand": "RandomState",
}
_SCIPY: Final = {
    "scipy.interpolate": "BSpline interp1d",
    "scipy.interpolate._bsplines": "BSpline",
    "scipy.interpolate._interpolate": "interp1d",
    "scipy.interpolate.interpolate": "interp1d",
    "scipy._lib.array_api_compat.numpy._aliases": "asarray",  # a BSpline's
}
_PANDAS: Final = {
    "pandas._libs.arrays": "__pyx_unpickle_NDArrayBacked",
    "pandas._libs.internals": "_unpickle_block __pyx_unpickle_BlockPlacement",
    "pandas._libs.tslibs.timedeltas": "Timedelta _timedelta_unpickle",
    "pandas._libs.tslibs.timestamps": "Timestamp _unpickle_timestamp",
    "pandas._libs.tslibs.nattype": "_nat_unpickle",
    "pandas._libs.missing": "NAType",
    "pandas.core.arrays.boolean": "BooleanArray",
    "pandas.core.arrays.categorical": "Categorical",
    "pandas.core.arrays.datetimes": "DatetimeArray",
    "pandas.core.arrays.floating": "FloatingArray",
    "pandas.core.arrays.integer": "IntegerArray",
    "pandas.core.arrays.numpy_": "NumpyExtensionArray PandasArray",
    "pandas.core.arrays.string_": "StringArray",
    "pandas.core.arrays.timedeltas": "TimedeltaArray",
    "pandas.core.dtypes.dtypes": "CategoricalDtype DatetimeTZDtype",
    "pandas.core.frame": "DataFrame",
    "pandas.core.indexes.base": "Index _new_Index",
    "pandas.core.indexes.category": "CategoricalIndex",
    "pandas.core.indexes.datetimes": "DatetimeIndex _new_DatetimeIndex",
    "pandas.core.indexes.frozen": "FrozenList",
    "pandas.core.indexes.multi": "MultiIndex",
    "pandas.core.indexes.numeric": "Float64Index Int64Index UInt64Index",
    "pandas.core.indexes.range": "RangeIndex",
    "pandas.core.indexes.timedeltas": "TimedeltaIndex",
    "pandas.core.internals.blocks": "new_block",
    "pandas.core.internals.managers": "BlockManager SingleBlockManager",
    "pandas.core.series": "Series",
}
_BOOSTERS: Final = {
    "lightgbm.basic": "Booster",
    "lightgbm.sklearn": "LGBMClassifier LGBMModel LGBMRanker LGBMRegressor _LGBMLabelEncoder",
    "lightgbm.compat": "_LGBMLabelEncoder",
    "xgboost.core": "Booster",
    "xgboost.sklearn": "XGBClassifier XGBModel XGBRFClassifier XGBRFRegressor XGBRanker XGBRegressor",
}
_STORAGES: Final = (
    "BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage ComplexFloatStorage DoubleStorage "
    "FloatStorage HalfStorage IntStorage LongStorage QInt32Storage QInt8Storage QUInt8Storage ShortStorage"
)
_TORCH: Final = {
    "torch": f"{_STORAGES} Size Tensor device bfloat16 bool complex128 complex32 complex64 double float float16 "
    "float32 float64 half int int16 int32 int64 int8 long per_channel_affine per_tensor_affine "
    "qint32 qint8 quint8 short uint8",
    "torch.cuda": _STORAGES,
    "torch._tensor": "Tensor _rebuild_from_type_v2",
    "torch._utils": "_rebuild_device_tensor_from_numpy _rebuild_meta_tensor_no_storage _rebuild_nested_tensor "
    "_rebuild_parameter _rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_csr_tensor "
    "_rebuild_sparse_tensor _rebuild_tensor _rebuild_tensor_v2 _rebuild_wrapper_subclass",
    "torch.jit._pickle": "build_boollist build_doublelist build_intlist build_tensorlist restore_type_tag",
    "torch.nn.parameter": "Buffer Parameter",
    "torch.serialization": "_get_layout",
    "torch.storage": "TypedStorage UntypedStorage _TypedStorage _UntypedStorage",
}
_SKLEARN: Final = {
    "sklearn.cluster._kmeans": "_kmeans_single_elkan _kmeans_single_lloyd",
    "sklearn.feature_selection._mutual_info": "mutual_info_classif mutual_info_regression",
    "sklearn.feature_selection._univariate_selection": "chi2 f_classif f_oneway f_regression r_regression",
    "sklearn.metrics._dist_metrics": "newObj",
    "sklearn.metrics._scorer": "_passthrough_scorer",
    "sklearn.neighbors._ball_tree": "newObj",
    "sklearn.neighbors._dist_metrics": "newObj",
    "sklearn.neighbors._kd_tree": "newObj",
    "sklearn.neighbors.ball_tree": "newObj",
    "sklearn.neighbors.dist_metrics": "newObj",
    "sklearn.neighbors.kd_tree": "newObj",
    "sklearn.preprocessing._function_transformer": "_identity",
}
_LOADERS: Final = _words(
    "cloudpickle dill joblib modelport_scoring numpy pandas pip pkg_resources scipy setuptools sklearn torch yaml"
)
"""Packages with functions, at their top, that load code."""

NAMES: Final = {
    module: _words(names)
    for group in (_PLAIN, _NUMPY, _SCIPY, _PANDAS, _BOOSTERS, _SKLEARN)
    for module, names in group.items()
}
TORCH_NAMES: Final = {module: _words(names) for module, names in _TORCH.items()}
"""Only for what torch itself loads."""

_SPARSE_MODULE: Final = re.compile(r"scipy\.sparse(\._?(base|bsr|coo|csc|csr|data|dia|dok|lil|compressed|matrix))?")
_SPARSE_CLASS: Final = re.compile(r"(bsr|coo|csc|csr|dia|dok|lil)_(matrix|array)")
_SKLEARN_MODULE: Final = re.compile(r"sklearn(\.[a-z_][a-z0-9_]*)+")
_SKLEARN_CLASS: Final = re.compile(r"_*[A-Z][A-Za-z0-9_]*")
_SKLEARN_METRIC: Final = re.compile(r"[a-z][a-z0-9_]*_(deviance|distances|error|kernel|loss|score|similarity)")
_SKLEARN_RESTORE: Final = re.compile(r"__pyx_unpickle_[A-Za-z0-9_]+")
_SKLEARN_TOOLS: Final = _words(
    "_cyutility callback conftest datasets discovery estimator_checks experimental externals parallel tests _joblib "
    "_set_output _test_common _testing"
)
"""Parts of scikit-learn that read files, load pickles or import by name; no estimator lives there."""
SKLEARN_BORROWED: Final = _words(
    "ABC ABCMeta BytesIO Callable Counter Enum GzipFile Iterable List Logger Mapping Memory MethodType MutableMapping "
    "NamedTemporaryFile NamedTuple Optional Parallel Parameter Path Pool Popen Process Protocol Sequence SkipTest "
    "StringIO Template TemporaryDirectory Thread ThreadPool ThreadPoolExecutor ProcessPoolExecutor Union UserDict "
    "LinearOperator FunctionType CodeType Integral Number Real"
)
"""Classes of others that modules of scikit-learn import: some make functions, types, files or processes."""


def is_allowed(module: str, name: str) -> bool:
    """Say whether a pickle may name *name* of *module*, in the words of Python 3."""
    if "." in name:  # an attribute of an attribute
        return False
    if name in NAMES.get(module.replace("numpy._core", "numpy.core", 1), ()):
        return True
    if _SPARSE_MODULE.fullmatch(module):
        return _SPARSE_CLASS.fullmatch(name) is not None
    return is_sklearn_class(module, name) or _is_sklearn_function(module, name)


def is_sklearn_class(module: str, name: str) -> bool:
    """Say whether *name* is a class of scikit-learn's own, by the way it names things."""
    return _is_sklearn(module) and bool(_SKLEARN_CLASS.fullmatch(name)) and name not in SKLEARN_BORROWED


def is_torch(module: str, name: str) -> bool:
    """Say whether a pickle that torch loads may name *name* of *module*, besides what all may."""
    script = module.partition(".")[0] == "__torch__"  # TorchScript's own classes: no Python module can have them
    return script or name in TORCH_NAMES.get(module, ())


def is_importable(module: str) -> bool:
    """Say whether *module* can be one: a part of Python, below a package, or a package that loads code by itself."""
    return "." in module or module in sys.stdlib_module_names or module in _LOADERS


def python3_name(module: str, name: str) -> tuple[str, str]:
    """Translate a name that Python 2 wrote, as the unpickler does for protocols 0 to 2."""
    if (module, name) in _compat_pickle.NAME_MAPPING:
        return _compat_pickle.NAME_MAPPING[module, name]
    return _compat_pickle.IMPORT_MAPPING.get(module, module), name


def _is_sklearn_function(module: str, name: str) -> bool:
    if not _is_sklearn(module):
        return False
    is_metric = module.split(".")[1] == "metrics" and _SKLEARN_METRIC.fullmatch(name)
    return bool(is_metric or _SKLEARN_RESTORE.fullmatch(name))


def _is_sklearn(module: str) -> bool:
    return bool(_SKLEARN_MODULE.fullmatch(module)) and _SKLEARN_TOOLS.isdisjoint(module.split("."))
