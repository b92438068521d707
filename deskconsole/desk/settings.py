"""What the desk as a whole is set to: named JSON values, one row each."""

from __future__ import annotations

import json
from typing import Any

from sqlmodel import Session

from deskconsole.data.tables import Setting


def read_setting(session: Session, name: str, default: Any) -> Any:
    """The value of a setting, or `default` where nobody has set it."""
    found = session.get(Setting, name)
    return default if found is None else json.loads(found.value)


def write_setting(session: Session, name: str, value: Any) -> None:
    """Set a setting."""
    session.merge(Setting(name=name, value=json.dumps(value, ensure_ascii=False, sort_keys=True)))
