"""The command line: the plain twin of the screens."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the words of a command line (default: the process's own) and return the exit code of docs/cli.md."""
    from deskconsole.cli.running import run

    return run(sys.argv[1:] if argv is None else list(argv))
