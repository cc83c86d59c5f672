"""Pickles in a model: what they would do when they are loaded, and who has said that this is all right."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from modelport_scoring.check.pickles import SCANNER, PickleFinding, PickleScan, scan_file

from modelport.errors import ModelportError
from modelport.registry.files import ModelFile, ModelPathError

SHOWN: Final = 3
"""Findings in one message."""
KEPT: Final = 20
"""Findings in a version's record."""
Verdict = Literal["none", "clean", "trusted"]


class UntrustedPickleError(ModelportError):
    """A pickle would do more than restore a model, and nobody has said that it may."""

    def __init__(self, name: str, findings: tuple[PickleFinding, ...]) -> None:
        shown = ", ".join(_shown(each) for each in findings[:SHOWN])
        more = f" and {len(findings) - SHOWN} more" if len(findings) > SHOWN else ""
        super().__init__(
            f"model {name!r}: loading it may run code that is no known part of a model: {shown}{more}; "
            "if you know where the file is from, give the model `trust: true`"
        )


@dataclass(frozen=True)
class RegisteredScan:
    """What a version's record says of its pickles."""

    verdict: Verdict
    """none: there are no pickles; clean: they restore data and known classes; trusted: taken as they are."""
    scanner: int
    """Version of the scan's rules."""
    findings: tuple[Mapping[str, Any], ...] = ()
    """What was trusted: file, position, what and why."""


def scan_files(files: Iterable[ModelFile]) -> dict[str, PickleScan]:
    """Scan every file of a model, by path in it. Raises `ModelPathError` when one cannot be read."""
    scans = {}
    for file in files:
        try:
            scans[file.path] = scan_file(file.source, file.path)
        except OSError as error:  # gone since it was listed
            raise ModelPathError(file.source, f"cannot be read: {error}") from error
    return scans


def findings_of(scans: Mapping[str, PickleScan]) -> tuple[PickleFinding, ...]:
    """Gather the findings of all files."""
    return tuple(finding for scan in scans.values() for finding in scan.findings)


def check_trust(name: str, scans: Mapping[str, PickleScan], *, trust: bool) -> None:
    """Raise `UntrustedPickleError` for findings that are not trusted."""
    findings = findings_of(scans)
    if findings and not trust:
        raise UntrustedPickleError(name, findings)


def registered_scan(scans: Mapping[str, PickleScan]) -> RegisteredScan:
    """Say what goes into the record of a model whose findings, if any, are trusted."""
    findings = findings_of(scans)
    if findings:
        return RegisteredScan("trusted", SCANNER, tuple(asdict(each) for each in findings[:KEPT]))
    return RegisteredScan("clean" if any(scan.pickles for scan in scans.values()) else "none", SCANNER)


def _shown(finding: PickleFinding) -> str:
    if finding.what.startswith("("):  # nothing that has a name
        return f"{finding.file!r} holds {finding.what} at byte {finding.position}: {finding.why}"
    return f"{finding.file!r} names {finding.what} at byte {finding.position}"
