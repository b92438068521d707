"""Where the attachments of a shared desk stand on this machine: the database holds all but their bytes."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
from sqlalchemy.engine import URL

from deskconsole.data.engines.postgresql.address import said_of
from deskconsole.data.passwords import Place


def files_folder(url: URL) -> Path:
    """The folder of attachments on this machine for that desk."""
    return _all_files() / folder_name(said_of(url).place)


def other_folders(url: URL) -> tuple[Path, ...]:
    """Where attachments of that desk may stand besides: its address was another, or its program older.

    A file is looked for by the hash of its bytes, so that another desk's folder gives no wrong one.
    """
    own = files_folder(url)
    above = dict.fromkeys((_all_files(), Path(platformdirs.user_data_dir("deskconsole")) / "files"))
    return tuple(found for folder in above for found in sorted(folder.glob("*/")) if found != own)


def folder_name(place: Place) -> str:
    """What the folder of a desk's attachments is called: no two desks' alike, the order of its hosts is all one."""
    hosts = (
        _escaped(host or "local", "/\\:@,") + (f"@{port}" if port not in {"", "5432"} else "")
        for host, port in place.hosts
    )
    return "-".join((",".join(sorted(set(hosts))), _escaped(place.database, "/\\-")))


def _escaped(name: str, signs: str) -> str:
    return "".join(f"%{ord(sign):02X}" if sign in f"%{signs}" else sign for sign in name)


def _all_files() -> Path:
    """The folder of all desks' attachments."""
    if home := os.environ.get("DESKCONSOLE_HOME"):
        return Path(home).expanduser().absolute() / "data" / "files"
    return Path(platformdirs.user_data_dir("deskconsole")) / "files"
