"""``python -m modelport_scoring.supervisor --spec FILE``: run the service that FILE describes."""

import argparse
import sys
from pathlib import Path

from modelport_scoring.supervisor.spec import SpecError, read_spec
from modelport_scoring.supervisor.supervisor import Supervisor
from modelport_scoring.wire import EXIT_START_FAILED


def supervise(path: Path) -> int:
    """Run the service whose spec is at *path* until it is told to stop; return the exit code."""
    try:
        spec = read_spec(path)
    except SpecError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_START_FAILED
    return Supervisor(path, spec).run()


def main() -> None:
    """Parse the command line and supervise."""
    parser = argparse.ArgumentParser(prog="python -m modelport_scoring.supervisor", description=__doc__)
    parser.add_argument("--spec", type=Path, required=True, help="a JSON document, wire.SupervisorSpec")
    sys.exit(supervise(parser.parse_args().spec.absolute()))


if __name__ == "__main__":
    main()
