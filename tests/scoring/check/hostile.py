"""Pickles that would do harm, written opcode by opcode. They are read, never loaded."""

import io
import pickle
import struct
import zipfile
import zlib
from typing import Final

COMMAND: Final = b"X\x02\0\0\0id"


def text(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def name(module: str, attribute: str) -> bytes:
    """Name a global as protocols 0 to 3 do."""
    return f"c{module}\n{attribute}\n".encode()


def call(module: str, attribute: str, argument: bytes = COMMAND) -> bytes:
    """Give a whole pickle of protocol 2 that calls a global with one argument."""
    return b"\x80\x02" + name(module, attribute) + argument + b"\x85R."


def wrapper(shape: bytes, dtype: bytes = b"", alignment: bytes = b"", code: str = "u1") -> bytes:
    """Give what joblib writes before an array, without the array."""
    made = name("numpy", "dtype") + text(code) + b"\x89\x88\x87R"
    state = text("subclass") + name("numpy", "ndarray") + text("shape") + shape + text("dtype") + (dtype or made)
    return name("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81}(" + state + alignment + b"ub"


def member(file: str, data: bytes) -> bytes:
    """Give a zip archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("archive/version", "3\n")
        archive.writestr(file, data)
    return target.getvalue()


SYSTEM: Final = b"cposix\nsystem\n" + COMMAND + b"\x85R"
"""No whole pickle: what may stand anywhere in one."""
_INNER: Final = pickle.dumps(b"\x80\x02" + SYSTEM + b".")[:-1][2:]
_ARRAY: Final = b"\x80\x02" + wrapper(b"K\x04\x85")

_HIDDEN: Final = b"C" + bytes([len(SYSTEM)])
"""Where the scan reads this and the unpickler begins after it, what follows is data to one and code to the other."""
_DTYPE: Final = name("numpy", "dtype") + b"%b\x89\x88\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK%btb"
_NEW: Final = name("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81"
_STATE: Final = text("dtype") + name("numpy", "dtype") + text("u1") + b"\x85R" + text("shape")
_TWO_WRAPPERS: Final = (
    # The first has an alignment, and no data but the byte that says how much padding there is.
    _NEW + b"q\x01}(" + _STATE + b"K\x00\x85" + text("numpy_array_alignment_bytes") + b"K\x10ub\x000"
    # The second's state has none, and is given to the first once more.
    + _NEW + b"}(" + _STATE + b"K\x02\x85uq\x0200h\x01h\x02b" + b"\x01z" + _HIDDEN + SYSTEM + b"."
)  # fmt: skip
_FRAMED: Final = b"\x80\x04\x95\x04\0\0\0\0\0\0\0N." + _HIDDEN

HOSTILE: Final = {
    "os.system": call("os", "system"),
    "posix.system, protocol 0": b"cposix\nsystem\n(Vid\ntR.",
    "nt.system": call("nt", "system"),
    "subprocess.Popen": call("subprocess", "Popen"),
    "subprocess.getoutput": call("subprocess", "getoutput"),
    "commands, as Python 2 called it": b"ccommands\ngetoutput\n(S'id'\ntR.",
    "eval": call("builtins", "eval"),
    "eval, as Python 2 called it": b"c__builtin__\neval\n(S'1'\ntR.",
    "exec": call("builtins", "exec"),
    "compile": call("builtins", "compile"),
    "__import__": call("builtins", "__import__"),
    "open": call("builtins", "open"),
    "getattr chain": b"\x80\x02"
    + name("builtins", "getattr")
    + name("builtins", "__import__")
    + text("os")
    + b"\x85R"
    + text("system")
    + b"\x86R"
    + COMMAND
    + b"\x85R.",
    "getattr of something allowed": call("builtins", "getattr", name("sklearn.base", "BaseEstimator")),
    "type makes classes": call("builtins", "type"),
    "map calls": b"\x80\x02" + name("builtins", "map") + name("os", "system") + b"]\x86R.",
    "STACK_GLOBAL": b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.",
    "STACK_GLOBAL with memoized names": b"\x80\x04\x8c\x06system\x940\x8c\x02os\x940h\x01h\x00\x93\x8c\x02id\x85R.",
    "STACK_GLOBAL by LONG_BINGET": b"\x80\x04\x8c\x02os\x8c\x06systemr\xff\xff\0\00j\xff\xff\0\0\x93\x8c\x02id\x85R.",
    "STACK_GLOBAL with text of protocol 0": b"\x80\x04Vo\\u0073\nS'sys\\x74em'\n\x93\x8c\x02id\x85R.",
    "STACK_GLOBAL by DUP": b"\x80\x04\x8c\x05ptydb2\x93\x8c\x02id\x85R.".replace(b"\x05ptydb", b"\x04code"),
    "STACK_GLOBAL with a computed name": b"\x80\x04cbuiltins\nstr\nC\x02os\x8c\x05ascii\x86R"
    b"\x8c\x06system\x93\x8c\x02id\x85R.",
    "STACK_GLOBAL with a dotted name": b"\x80\x04\x8c\x0csklearn.base\x8c\x09os.system\x93\x8c\x02id\x85R.",
    "GLOBAL with a dotted name": b"\x80\x04" + name("sklearn.base", "warnings.sys") + b".",
    "INST": b"(Vid\nios\nsystem\n.",
    "OBJ": b"(cos\nsystem\nVid\no.",
    "NEWOBJ": b"\x80\x02" + name("subprocess", "Popen") + COMMAND + b"\x85\x81.",
    "NEWOBJ_EX": b"\x80\x04" + name("subprocess", "Popen") + COMMAND + b"\x85}\x92.",
    "pickle in a pickle": b"\x80\x03" + name("pickle", "loads") + _INNER + b"\x85R.",
    "_pickle.loads": call("_pickle", "loads"),
    "joblib.load": call("joblib", "load"),
    "torch.load through a storage": call("torch.storage", "_load_from_bytes"),
    "torch.hub": call("torch.hub", "load"),
    "numpy.load": call("numpy", "load"),
    "numpy's memmap writes files": call("numpy", "memmap"),
    "numpy's ufuncs by name": call("numpy.core", "_ufunc_reconstruct"),
    "numpy.testing runs strings": call("numpy.testing._private.utils", "runstring"),
    "scipy.stats runs templates": call("scipy.stats._continuous_distns", "norm_gen"),
    "runpy": call("runpy", "_run_code"),
    "code": call("code", "interact"),
    "pty.spawn": call("pty", "spawn"),
    "ctypes": call("ctypes", "CDLL"),
    "importlib": call("importlib", "import_module"),
    "operator.attrgetter": call("operator", "attrgetter"),
    "operator.methodcaller": call("operator", "methodcaller"),
    "namedtuple": call("collections", "namedtuple"),
    "partial of os.system": call("functools", "partial", name("os", "system")),
    "defaultdict of os.system": call("collections", "defaultdict", name("os", "system")),
    "cloudpickle": call("cloudpickle.cloudpickle", "_make_function"),
    "dill": call("dill._dill", "_create_function"),
    "types.FunctionType": call("types", "FunctionType"),
    "types.MethodType, borrowed by scikit-learn": call("sklearn.utils._available_if", "MethodType"),
    "ABCMeta, borrowed by scikit-learn": call("sklearn.base", "ABCMeta"),
    "scikit-learn's datasets": call("sklearn.datasets", "load_files"),
    "scikit-learn's copy of packages": call("sklearn.externals.joblib", "load"),
    "FunctionTransformer of os.system": b"\x80\x02"
    + name("sklearn.preprocessing._function_transformer", "FunctionTransformer")
    + b")\x81}"
    + text("func")
    + name("os", "system")
    + b"sb.",
    "a user's own class": call("train", "Model"),
    "BUILD sets attributes of a class": b"\x80\x02"
    + name("sklearn.base", "BaseEstimator")
    + b"}"
    + text("__reduce__")
    + name("sklearn.svm._classes", "SVC")
    + b"sb.",
    "SETITEM on a global": b"\x80\x02" + name("collections", "OrderedDict") + text("a") + b"Ns.",
    "calling what a call gave": b"\x80\x02" + name("functools", "partial") + b")R" + COMMAND + b"\x85R.",
    "EXT1": b"\x80\x02\x82\x01" + COMMAND + b"\x85R.",
    "EXT2": b"\x80\x02\x83\x01\x01.",
    "EXT4": b"\x80\x02\x84\x01\0\0\0.",
    "persistent id": b"\x80\x02Vx\nQ.",
    "persistent id, protocol 0": b"\x80\x02Px\n.",
    "a second pickle": pickle.dumps([1]) + call("os", "system"),
    "a second pickle of protocol 0": pickle.dumps([1]) + b"cos\nsystem\n(Vid\ntR.",
    "something after the end": pickle.dumps([1]) + b"\0\0",
    "after an array of joblib's": _ARRAY + b"abcd" + b"0" + SYSTEM + b".",
    "in an array of joblib's, for pickle": b"\x80\x02"
    + wrapper(b"K" + bytes([len(SYSTEM) + 2]) + b"\x85")
    + b"0"
    + SYSTEM
    + b"."
    + b"N.",
    "in a joblib array of objects": b"\x80\x02" + wrapper(b"K\x01\x85", code="O8") + b"\x80\x02" + SYSTEM + b"." + b".",
    "an array of joblib's that lies about its size": b"\x80\x02"
    + wrapper(b"K\x01\x85", name("numpy", "dtype") + text("u1") + b"\x85RN(K\x03U\x01|NNNK\x09K\x01K\x00tb")
    + b"aN.",
    "an array of objects that says it has none": b"\x80\x02"
    + wrapper(b"K\x01\x85", _DTYPE % (text("O8"), b"\x00"))
    + b"12345678.",
    "an array of numbers that says it has objects": b"\x80\x02"
    + wrapper(b"K\x01\x85", _DTYPE % (text("f8"), b"\x01"))
    + b"\x80\x04N..",
    "behind a frame of an array of objects": b"\x80\x02" + wrapper(b"K\x01\x85", code="O8") + _FRAMED + SYSTEM + b".",
    "behind padding that an older state asks for": b"\x80\x02" + _TWO_WRAPPERS,
    "joblib's wrapper, made another way": b"\x80\x02"
    + name("copyreg", "_reconstructor")
    + name("joblib.numpy_pickle", "NumpyArrayWrapper")
    + name("builtins", "object")
    + b"N\x87R}b.",
    "joblib's wrapper, used twice": b"\x80\x02"
    + name("joblib.numpy_pickle", "NumpyArrayWrapper")
    + b")\x81q\x010h\x01}b.",
    "a frame that goes on after the end": b"\x80\x04\x95\x20\0\0\0\0\0\0\0N." + b"\0" * 40,
    "cut short": call("sklearn.base", "Nothing")[:-4],
    "no opcode": b"\x80\x04\xff.",
    "a protocol from the future": b"\x80\x06N.",
    "nothing on the stack": b"\x80\x02R.",
    "names that look alike": call("о" + "s", "system"),  # noqa: RUF001  the first letter is Cyrillic
    "names with an invisible letter": call("os\u200b", "system"),
    "names in full width": call("builtins", "\uff45val"),
    "names with half a character": b"\x80\x04" + text("\ud800") + text("system") + b"\x93.",
    "a name that is too long": b"\x80\x04" + text("a." * 3000) + text("system") + b"\x93.",
    "torch's names outside of torch": call("torch._utils", "_rebuild_tensor_v2"),
}
"""By what they try; each is the whole of a file `model.pkl`."""

PLACED: Final = {
    "zlib": ("model.joblib", zlib.compress(call("os", "system"))),
    "zlib, in two parts": ("model.joblib", zlib.compress(b"\x80\x02") + zlib.compress(SYSTEM + b".")),
    "torch's archive": ("model.pt", member("archive/data.pkl", call("os", "system"))),
    "another member": ("model.bin", member("archive/extra", call("os", "system"))),
    "an archive in an archive": ("model.zip", member("a.zip", member("x.pkl", call("os", "system")))),
    "a pickle before an archive": ("model.pt", call("os", "system") + member("archive/data.pkl", b"\x80\x02N.")),
    "an archive after another": (
        "model.pt",
        member("archive/data.pkl", call("os", "system")) + member("archive/data.pkl", b"\x80\x02N."),
    ),
    "a damaged archive": ("model.bin", member("data.pkl", call("os", "system"))[:-30]),
    "legacy torch": ("model.pth", pickle.dumps(0x1950A86A20F9469CFC6C, 2) + call("os", "system") + b"\x80\x02N." * 3),
    "NumPy's objects": ("a.npy", b"\x93NUMPY\x01\0\x10\0{'descr': '|O'}\n" + call("os", "system")),
    "no suffix at all": ("weights", call("os", "system")),
    "another suffix, protocol 0": ("notes.txt", b"cos\nsystem\n(Vid\ntR."),
    "another suffix, behind an array": ("w.bin", _ARRAY[2:] + b"abcd0" + SYSTEM + b"."),
    "another suffix, behind an unclear array": (
        "w.bin",
        _ARRAY[2:].replace(b"K\x04", b"N") + b"abcd0" + SYSTEM + b".",
    ),
    "compressed with what cannot be read": ("model.pkl", b"\x04\x22\x4d\x18" + b"\0" * 20),
}
"""(file's name, bytes) by where the harm hides."""
