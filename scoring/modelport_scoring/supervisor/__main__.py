"""``python -m modelport_scoring.supervisor``: run the service of a file or of a container."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from modelport_scoring.supervisor.image import image_spec
from modelport_scoring.supervisor.spec import Spec, SpecError, read_spec
from modelport_scoring.supervisor.status import FILE_NAME, NoStatus, Status, StatusFile
from modelport_scoring.supervisor.supervisor import Supervisor
from modelport_scoring.wire import EXIT_START_FAILED


def supervise(read: Callable[[int], Spec], status: Status) -> int:
    """Run the service that *read* describes (given a generation's number) until told to stop; return the exit code."""
    try:
        spec = read(1)
    except SpecError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_START_FAILED
    return Supervisor(spec, read, status).run()


def main() -> None:
    """Parse the command line and supervise."""
    parser = argparse.ArgumentParser(prog="python -m modelport_scoring.supervisor", description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--spec", type=Path, help="a JSON document, wire.SupervisorSpec; status.json is kept beside it")
    source.add_argument("--image", action="store_true", help="everything from the environment; no file is written")
    arguments = parser.parse_args()
    if arguments.image:
        sys.exit(supervise(lambda generation: image_spec(os.environ, generation), NoStatus()))
    path = arguments.spec.absolute()
    sys.exit(supervise(lambda _generation: read_spec(path), StatusFile(path.with_name(FILE_NAME))))


if __name__ == "__main__":
    main()
