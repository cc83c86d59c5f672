"""Reads an entry script without running it and says what is wrong with it. Standard library only."""

from modelport_scoring.check.finding import Finding
from modelport_scoring.check.script import check_entry_name, check_script

__all__ = ["Finding", "check_entry_name", "check_script"]
