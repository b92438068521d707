#!/bin/sh
# Regenerates both lock files from pyproject.toml: versions and hashes, no address and no path.
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null 2>&1 || { echo "make lock needs uv: python -m pip install uv" >&2; exit 1; }

# write FILE WORDS ARGUMENTS...: compile into FILE under a header of our own (uv's names its command line).
write() {
    file=$1 words=$2
    shift 2
    fresh=$(mktemp)
    uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
        --no-emit-index-url --no-emit-find-links "$@" --output-file "$fresh" pyproject.toml
    {
        echo "# $words"
        echo "# Made by 'make lock' from pyproject.toml for Python 3.11 and newer. Don't edit."
        cat "$fresh"
    } > "$file"
    rm -f "$fresh"
}

write requirements.lock "What deskconsole runs on."
write requirements-dev.lock "What deskconsole is tested with: all of requirements.lock, and the tools." \
    --extra dev --constraint requirements.lock
