"""The `deskconsole` command: `--version` at once, everything else under the terminal's guard."""

from __future__ import annotations

import os
import sys

from deskconsole import __version__

STDIN, STDOUT = 0, 1


def main() -> int:
    """Run the program for `sys.argv` and return its exit code.

    Nothing heavy is imported before the guard has forked: its process stays for as long as the console does.
    """
    if sys.argv[1:2] == ["--version"]:
        print(f"deskconsole {__version__}")
        return 0
    if os.isatty(STDIN) and os.isatty(STDOUT):
        from deskconsole.guard import run_guarded

        return run_guarded(_run)
    return _run()


def _run() -> int:
    from deskconsole.cli import main as command_line

    return command_line()


if __name__ == "__main__":
    sys.exit(main())
