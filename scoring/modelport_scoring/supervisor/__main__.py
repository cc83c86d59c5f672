"""`python -m modelport_scoring.supervisor --spec FILE`: how a service is started; in an image, process 1."""

import argparse
import sys
from pathlib import Path

from modelport_scoring.supervisor.supervisor import Supervisor


def main() -> int:
    """Run the supervisor until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m modelport_scoring.supervisor", description=__doc__)
    parser.add_argument("--spec", type=Path, required=True, help="what to run: a JSON file")
    return Supervisor(parser.parse_args().spec).run()


if __name__ == "__main__":
    sys.exit(main())
