"""
The provider's process needs the engine's messages, which the Pulumi SDK ships, and nothing else of the SDK.

Importing any part of a package runs all of its `__init__`: a third of a second at every start of the provider.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def without_sdk() -> None:
    """Make `pulumi` and `pulumi.runtime` bare folders in this process: `pulumi.runtime.proto` is imported alone."""
    spec = importlib.util.find_spec("pulumi")
    if spec is None or spec.origin is None:
        return  # the import that follows says what is missing
    folder = Path(spec.origin).parent
    for name, path in (("pulumi", folder), ("pulumi.runtime", folder / "runtime")):
        bare = ModuleType(name)
        bare.__path__ = [str(path)]
        sys.modules[name] = bare
