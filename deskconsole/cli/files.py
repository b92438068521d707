"""`deskconsole import` and `deskconsole export`: files of other programs, read and written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deskconsole.cli.context import Json

FileArgument = Annotated[str, typer.Argument(metavar="FILE")]


def import_file(ctx: typer.Context, as_json: Json = False) -> None:
    """Read a file into the desk."""


def export_file(ctx: typer.Context, as_json: Json = False) -> None:
    """Write a file from the desk."""
