#!/bin/sh
# Prints the newest Python on this machine that can make the environments, or says in one sentence what is missing.
# Each candidate is run, not only found: a version manager's shim may stand in for a version that isn't there.
set -u
bare=""
for name in python3.14 python3.13 python3.12 python3.11 python3 python; do
    version=$("$name" -c 'import sys; sys.version_info >= (3, 11) or sys.exit(1); print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    if "$name" -c 'import ensurepip, venv' 2>/dev/null; then
        command -v "$name"
        exit 0
    fi
    bare=${bare:-$version}
done
if [ -n "$bare" ]; then
    echo "Python $bare is here without venv and ensurepip; on Debian or Ubuntu install them with: apt install python$bare-venv" >&2
else
    echo "deskconsole needs Python 3.11 or newer, and this machine has none; on Debian or Ubuntu: apt install python3 python3-venv" >&2
fi
exit 1
