"""Which files hold pickles: bare, compressed, in zip archives, in NumPy's files. First bytes count, then the name."""

import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, cast

from modelport_scoring.check.pickles.machine import Machine
from modelport_scoring.check.pickles.reading import Reading
from modelport_scoring.check.pickles.report import UNREADABLE, BrokenPickleError, PickleScan, Report, UndecidedError
from modelport_scoring.check.pickles.stream import Stream
from modelport_scoring.check.pickles.unpacked import ERRORS, UNSUPPORTED, unpacker

SUFFIXES: Final = frozenset({".pkl", ".pickle", ".joblib", ".pt", ".pth", ".npy", ".npz"})
"""A file of such a name is a pickle, or holds one: what cannot be read in it is a finding."""
DEEPEST: Final = 4
"""Archives in archives."""
_PACKED: Final = frozenset({".bz2", ".gz", ".lz4", ".lzma", ".xz", ".z", ".zip", ".zst"})
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_NUMPY: Final = b"\x93NUMPY"
_NEWEST: Final = 5
_OBJECTS: Final = re.compile(rb"O|object")
_LONGEST_HEADER: Final = 1 << 20
_TORCH_MEMBERS: Final = frozenset({"data.pkl", "constants.pkl"})
_TORCH_MAGIC: Final = 0x1950A86A20F9469CFC6C
_TORCH_PICKLES: Final = 4
"""After the magic number, before the raw data, in files of torch before 1.6. Source: torch/serialization.py."""

Open = Callable[[], AbstractContextManager[BinaryIO]]


def scan_file(path: Path, name: str) -> PickleScan:
    """
    Read the file at *path*, *name* in the model, and say what its pickles would do; nothing is loaded.

    Raises OSError when the file itself cannot be read.
    """
    report = Report(name)
    _Scan(report, lambda: path.open("rb"), path.stat().st_size, name).run()
    return report.scan()


@dataclass(frozen=True)
class _Scan:
    """One file, or a member of an archive. *size* is None where seeking would mean unpacking again."""

    report: Report
    open: Open
    size: int | None
    name: str
    member: str = ""
    depth: int = 0

    def run(self) -> None:
        with self.open() as file:
            head = file.read(16)
        if not head:
            return
        if head[0] == 0x80 and head[1:2] and head[1] <= _NEWEST:  # noqa: PLR2004  the opcode PROTO
            self._pickles()
        elif self.depth > DEEPEST:
            self._find(0, "archives in it lie too deep in one another")
        elif head.startswith(_ZIP):
            self._zip()
        elif head.startswith(_NUMPY):
            self._numpy()
        elif unpack := unpacker(head):
            self._packed(unpack)
        elif not _says_pickle(self.member or self.name):
            self._perhaps()
        elif packer := UNSUPPORTED.get(head[:4]):
            self._find(0, f"it is compressed with {packer}, which cannot be looked into; save it with zlib")
        else:
            self._pickles()

    @property
    def _reading(self) -> Reading:
        torch = PurePosixPath(self.member).name in _TORCH_MEMBERS
        return Reading(member=self.member, joblib=not torch, torch=torch)

    def _find(self, position: int, why: str) -> None:
        self.report.find(position, UNREADABLE, why, self.member)

    def _pickles(self) -> None:
        """Read one pickle after the other: as joblib does and, where that is another thing, as `pickle` does."""
        if self._read(self._reading):
            self._read(Reading(self.member, certain=False, again=True))

    def _perhaps(self) -> None:
        """Read what is no pickle by its name and first bytes: mostly that shows within a few bytes."""
        if self._read(Reading(self.member, joblib=True, certain=False)):
            self._read(Reading(self.member, certain=False, again=True))

    def _read(self, reading: Reading) -> bool:
        """Say whether there were arrays of joblib's."""
        before = self.report.arrays
        with self.open() as file:
            stream = Stream(file, self.size)
            try:
                while not stream.at_end():
                    value = Machine(stream, self.report, reading).run()
                    self.report.pickles += reading.certain
                    if value == _TORCH_MAGIC:
                        self._torch_pickles(stream)
                        break
            except UndecidedError as error:
                self._find(stream.position, str(error))
            except (BrokenPickleError, *ERRORS) as error:
                if reading.certain:
                    self._find(stream.position, str(error) or type(error).__name__)
        return self.report.arrays > before

    def _torch_pickles(self, stream: Stream) -> None:
        for _ in range(_TORCH_PICKLES):
            Machine(stream, self.report, Reading(self.member, torch=True)).run()

    def _packed(self, unpack: Callable[[BinaryIO], BinaryIO]) -> None:
        @contextmanager
        def opened() -> Iterator[BinaryIO]:
            with self.open() as outer, unpack(outer) as inner:
                yield inner

        inside = replace(self, open=opened, size=None, depth=self.depth + 1)
        try:
            inside.run()
        except ERRORS as error:
            if _says_pickle(self.member or self.name):
                self._find(0, f"it cannot be unpacked ({error})")
        self._perhaps()  # bzip2's first bytes could be opcodes

    def _numpy(self) -> None:
        with self.open() as file:
            stream = Stream(file, self.size)
            try:
                stream.skip(len(_NUMPY))
                length = stream.number(2 if stream.number(2) & 0xFF == 1 else 4)
                header = stream.read(min(length, _LONGEST_HEADER + 1))
                if length > _LONGEST_HEADER:
                    self._find(0, f"its header is longer than {_LONGEST_HEADER} bytes")
                elif _OBJECTS.search(header):
                    self.report.pickles += 1
                    Machine(stream, self.report, Reading(self.member)).run()
            except BrokenPickleError as error:
                self._find(stream.position, str(error))

    def _zip(self) -> None:
        try:
            with self.open() as file, zipfile.ZipFile(file) as archive:
                members = archive.infolist()
                if members and all(each.header_offset for each in members):
                    # Readers differ in where they look for members then.
                    self._find(0, "the archive does not begin with its first member")
                for each in members:
                    self._member(archive, each)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, *ERRORS) as error:
            self._find(0, f"the archive cannot be read ({error})")

    def _member(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        member = f"{self.member}!{info.filename}" if self.member else info.filename
        inside = replace(
            self, open=lambda: cast("BinaryIO", archive.open(info)), size=None, member=member, depth=self.depth + 1
        )
        inside.run()


def _says_pickle(name: str) -> bool:
    suffixes = [suffix.lower() for suffix in PurePosixPath(name).suffixes[-2:]]
    if suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return bool(suffixes) and suffixes[-1] in SUFFIXES
