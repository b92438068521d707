"""What a slow line asks of Textual; called before anything imports Textual, which reads it at import."""

from __future__ import annotations

import os

SLOW_FRAMES = "15"


def slow_down() -> None:
    """Send at most 15 frames a second and no animation, unless the person's environment says otherwise."""
    os.environ.setdefault("TEXTUAL_FPS", SLOW_FRAMES)
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
