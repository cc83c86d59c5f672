"""
What conda's names mean to a Python package index.

Only names that are certain: any other name is looked for as it is, and the resolver says when there is none.
"""

from typing import Final

SAME_ELSEWHERE: Final = {
    "dask-core": "dask",
    "faiss": "faiss-cpu",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "numpy-base": "numpy",
    "opencv": "opencv-python-headless",
    "psycopg2": "psycopg2-binary",
    "py-opencv": "opencv-python-headless",
    "py-xgboost": "xgboost",
    "py-xgboost-cpu": "xgboost",
    "pyarrow-core": "pyarrow",
    "pyg": "torch-geometric",
    "pytables": "tables",
    "python-annoy": "annoy",
    "python-blosc": "blosc",
    "python-duckdb": "duckdb",
    "python-fastjsonschema": "fastjsonschema",
    "python-flatbuffers": "flatbuffers",
    "python-graphviz": "graphviz",
    "python-igraph": "igraph",
    "python-kubernetes": "kubernetes",
    "python-libarchive-c": "libarchive-c",
    "python-lmdb": "lmdb",
    "python-tzdata": "tzdata",
    "python-xxhash": "xxhash",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "tensorflow-base": "tensorflow",
    "tensorflow-mkl": "tensorflow",
}
"""Conda's name and the package index's, where they differ; normalised."""

BROUGHT_ALONG: Final = frozenset(
    {
        *("-libgcc-mutex", "-openmp-mutex", "-py-xgboost-mutex", "-tflow-select", "arrow-cpp", "blas", "blosc"),
        *("bzip2", "c-ares", "ca-certificates", "cpuonly", "expat", "fontconfig", "freetype", "giflib", "glib"),
        *("grpc-cpp", "hdf5", "icu", "jpeg", "keyutils", "krb5", "lcms2", "ld-impl-linux-64", "ld-impl-linux-aarch64"),
        *("lerc", "libblas", "libbrotlicommon", "libbrotlidec", "libbrotlienc", "libcblas", "libcurl", "libdeflate"),
        *("libedit", "libev", "libevent", "libexpat", "libffi", "libgcc", "libgcc-ng", "libgfortran", "libgfortran-ng"),
        *("libgfortran4", "libgfortran5", "libglib", "libgomp", "libiconv", "libjpeg-turbo", "liblapack"),
        *("liblightgbm", "libllvm14", "libnghttp2", "libnsl", "libopenblas", "libopencv", "libpng", "libprotobuf"),
        *("libsodium", "libsqlite", "libssh2", "libstdcxx", "libstdcxx-ng", "libthrift", "libtiff", "libtorch"),
        *("libuuid", "libuv", "libwebp", "libwebp-base", "libxcb", "libxcrypt", "libxgboost", "libxml2", "libxslt"),
        *("libzlib", "llvm-openmp", "lz4-c", "ncurses", "nomkl", "openblas", "openjpeg", "openssl", "pcre", "pcre2"),
        *("pthread-stubs", "python-abi", "pytorch-mutex", "re2", "readline", "snappy", "sqlite", "tbb", "tk", "tzdata"),
        *("xz", "yaml", "zeromq", "zlib", "zstd"),
    }
)
"""Libraries beneath Python packages: wheels and the base image have their own."""

OF_THE_INSTALLER: Final = frozenset({"pip"})
"""In nearly every conda file, for conda's own sake."""

_MKL: Final = "wheels of numpy and scipy compute with OpenBLAS: remove it"
_CUDA: Final = "CUDA 12 comes with the packages that use it: remove it, and set image.accelerator: cuda12"
_GPU: Final = "ask for {}, whose wheels bring CUDA 12, and set image.accelerator: cuda12"
_R: Final = "R is not run in a scoring process: remove it, and score from Python"
_SYSTEM: Final = (
    "it is no Python package: take a base image that has it (image.base), or install it in a Dockerfile of your own"
)

NOT_TO_BE_HAD: Final = {
    **dict.fromkeys(("intel-openmp", "mkl", "mkl-fft", "mkl-include", "mkl-random", "mkl-service"), _MKL),
    **dict.fromkeys(
        (
            *("cuda", "cuda-cudart", "cuda-libraries", "cuda-nvrtc", "cuda-nvtx", "cuda-runtime", "cuda-toolkit"),
            *("cuda-version", "cudatoolkit", "cudnn", "cupti", "libcublas", "libcufft", "libcurand", "libcusolver"),
            *("libcusparse", "libnpp", "libnvjpeg", "nccl", "pytorch-cuda", "tensorrt"),
        ),
        _CUDA,
    ),
    "keras-gpu": _GPU.format("keras, and tensorflow[and-cuda] under pip,"),
    "py-xgboost-gpu": _GPU.format("xgboost"),
    "pytorch-gpu": _GPU.format("pytorch"),
    "tensorflow-gpu": _GPU.format("tensorflow[and-cuda] under pip"),
    **dict.fromkeys(("r", "r-base", "r-essentials", "rpy2"), _R),
    **dict.fromkeys(
        (
            *("boost", "c-compiler", "cmake", "compilers", "curl", "cxx-compiler", "ffmpeg", "gcc", "gcc-linux-64"),
            *("gdal", "geos", "gfortran", "git", "graphviz", "gxx", "gxx-linux-64", "java-jdk", "libgdal", "make"),
            *("nodejs", "openjdk", "openmpi", "pandoc", "perl", "poppler", "proj", "qt", "tesseract", "unixodbc"),
            *("wget",),
        ),
        _SYSTEM,
    ),
}
"""What no wheel gives, and what to do instead."""


def cannot_be_had(name: str) -> str | None:
    """Say why the package that conda calls *name* (normalised) cannot be had, and the nearest; ``None`` when it can."""
    return _R if name.startswith("r-") else NOT_TO_BE_HAD.get(name)
