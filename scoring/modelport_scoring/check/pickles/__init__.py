"""
Reads pickles without loading them and says what they would call. Standard library only.

A pickle is a program. What it may call is a list of constructors and data types (`allowed`); everything else is a
finding, as is whatever cannot be read to its end. The scan finds what a pickle calls; it is no proof against faults of
the libraries that are called.
"""

from modelport_scoring.check.pickles.files import scan_file
from modelport_scoring.check.pickles.report import SCANNER, PickleFinding, PickleScan

__all__ = ["SCANNER", "PickleFinding", "PickleScan", "scan_file"]
