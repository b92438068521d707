"""Make a virtual environment from a lock file and nothing else: `environment.py FOLDER LOCK`.

Every file that is installed has its hash in the lock, and only wheels are taken: building a source package
would download build tools that no hash covers. The package itself is not built either: a path file puts the
work tree on the environment's path, and the `deskconsole` command is written beside the interpreter.
Standard library only, since it runs before anything is installed.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

WORK_TREE = Path(__file__).resolve().parent.parent

# The shell reads the second line and becomes Python, for which it is a string: a `#!` line can hold no path
# with a space, and no long one.
COMMAND = """\
#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys

from deskconsole.__main__ import main

sys.exit(main())
"""


def make(folder: Path, lock: Path) -> None:
    """Build `folder` anew from `lock`; raises `CalledProcessError` when pip can't install all of it."""
    venv.EnvBuilder(clear=True, symlinks=True, with_pip=True).create(folder)
    python = folder.absolute() / "bin" / "python"
    pip = [str(python), "-m", "pip", "-qq", "--disable-pip-version-check", "--no-input"]
    subprocess.run(
        [*pip, "install", "--require-hashes", "--only-binary=:all:", "--no-deps", "-r", str(lock)], check=True
    )
    put_work_tree_on_path(folder, python)


def put_work_tree_on_path(folder: Path, python: Path) -> None:
    """Let `import deskconsole` and the `deskconsole` command of the environment use the work tree."""
    site = next(folder.glob("lib/python3.*/site-packages"))
    (site / "deskconsole.pth").write_text(f"{WORK_TREE}\n", encoding="utf-8")
    command = folder / "bin" / "deskconsole"
    command.write_text(COMMAND.format(python=python), encoding="utf-8")
    command.chmod(0o755)
    # Where the shell forbids Python to write byte code, each start would compile the whole package again.
    subprocess.run([str(python), "-m", "compileall", "-qq", str(WORK_TREE / "deskconsole")], check=False)


def main(arguments: list[str]) -> int:
    """Make the environment; 1 and a sentence when it can't be made."""
    folder, lock = Path(arguments[0]), Path(arguments[1])
    print(
        f"Making {folder} from {lock} with Python {sys.version_info[0]}.{sys.version_info[1]} ...",
        file=sys.stderr,
    )
    try:
        make(folder, lock)
    except subprocess.CalledProcessError:
        print(
            f"The environment could not be made from {lock}: see pip's message above. "
            "Is the package index reachable, and is there room on the disk?",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
