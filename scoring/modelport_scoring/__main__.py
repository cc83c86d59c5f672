"""``python -m modelport_scoring``: the server's command line, with the flags of Azure ML's server."""

import sys


def main() -> None:
    """Serve, or end with exit code 3 and the reason on standard error."""
    from modelport_scoring.command import run  # noqa: PLC0415  imports must not see the working directory: below

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    # `python -m` puts the working directory first: a user's `uvicorn.py` or `json.py` there must not become ours.
    if not sys.flags.safe_path:
        sys.path.pop(0)
    main()
