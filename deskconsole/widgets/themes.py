"""The desk's themes: calm rows, burning ones lead the eye; no state is told by colour alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.theme import Theme

if TYPE_CHECKING:
    from textual.app import App

DEFAULT_THEME = "desk-dark"
ANSI_THEME = "desk-ansi"


def _variables(
    *,
    overdue: str,
    final: str,
    soon: str,
    good: str,
    hours: str,
    muted: str,
    plain: str,
    header_background: str,
    cursor: tuple[str, str],
    blurred: tuple[str, str],
    mark: str,
) -> dict[str, str]:
    """The desk's own variables; `cursor` and `blurred` are (text, background) of the cursor's line."""
    return {
        "level-overdue": overdue,
        "level-final": final,
        "level-near": final,
        "level-soon": soon,
        "level-calm": plain,
        "level-none": muted,
        "coverage-covered": good,
        "coverage-hours": hours,
        "coverage-none": final,
        "hours-used": muted,
        "hours-reserved": soon,
        "hours-left": good,
        "list-header": plain,
        "list-header-background": header_background,
        "list-cursor": cursor[0],
        "list-cursor-background": cursor[1],
        "list-cursor-blurred": blurred[0],
        "list-cursor-blurred-background": blurred[1],
        "list-muted": muted,
        "list-mark": mark,
        "block-cursor-foreground": cursor[0],
        "block-cursor-background": cursor[1],
        "block-cursor-text-style": "bold",
        "input-cursor-text-style": "reverse",
    }


_DARK = Theme(
    name=DEFAULT_THEME,
    primary="#5b8fb9",
    secondary="#4a6a85",
    accent="#d7a657",
    warning="#e0a458",
    error="#ff6b5e",
    success="#7fb685",
    foreground="#c9ced6",
    background="#14171c",
    surface="#1b1f26",
    panel="#232932",
    variables=_variables(
        overdue="#ff6b5e",
        final="#ffab5e",
        soon="#e3c77a",
        good="#8fbf95",
        hours="#86b3d1",
        muted="#8b93a0",
        plain="#c9ced6",
        header_background="#232932",
        cursor=("#ffffff", "#2f5878"),
        blurred=("#e4e8ee", "#2c333d"),
        mark="#e3c77a",
    ),
)

_LIGHT = Theme(
    name="desk-light",
    primary="#2a5d8a",
    secondary="#5b7d9c",
    accent="#8a5a00",
    warning="#8a5a00",
    error="#b3201c",
    success="#2c6e36",
    foreground="#24292f",
    background="#fafaf8",
    surface="#f0f0ec",
    panel="#e4e4de",
    dark=False,
    variables=_variables(
        overdue="#b3201c",
        final="#994400",
        soon="#745600",
        good="#2c6e36",
        hours="#205a8c",
        muted="#5f6670",
        plain="#24292f",
        header_background="#e4e4de",
        cursor=("#ffffff", "#2a5d8a"),
        blurred=("#24292f", "#d4dbe2"),
        mark="#8a5a00",
    ),
)

# Okabe and Ito's colours: told apart with every kind of colour blindness, and by lightness.
_COLOUR_SAFE = Theme(
    name="desk-colour-safe",
    primary="#56b4e9",
    secondary="#0072b2",
    accent="#f0e442",
    warning="#e69f00",
    error="#ff8c42",
    success="#56b4e9",
    foreground="#d0d0d0",
    background="#121417",
    surface="#1a1d21",
    panel="#24282e",
    variables=_variables(
        overdue="#ff8c42",
        final="#e69f00",
        soon="#f0e442",
        good="#56b4e9",
        hours="#9fd3f2",
        muted="#9098a1",
        plain="#d0d0d0",
        header_background="#24282e",
        cursor=("#ffffff", "#005a8f"),
        blurred=("#f0f0f0", "#30363d"),
        mark="#f0e442",
    ),
)

_HIGH_CONTRAST = Theme(
    name="desk-high-contrast",
    primary="#ffffff",
    secondary="#ffff00",
    accent="#ffff00",
    warning="#ffff00",
    error="#ff8080",
    success="#80ff80",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1a1a1a",
    variables=_variables(
        overdue="#ff8080",
        final="#ffc050",
        soon="#ffff00",
        good="#80ff80",
        hours="#80e0ff",
        muted="#c8c8c8",
        plain="#ffffff",
        header_background="#303030",
        cursor=("#000000", "#ffff00"),
        blurred=("#ffffff", "#404060"),
        mark="#ffff00",
    ),
)

# Sixteen colours as the terminal has them, and half the bytes: for slow links.
_ANSI = Theme(
    name=ANSI_THEME,
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_yellow",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables={"ansi-background": "ansi_black", "ansi-foreground": "ansi_white"}
    | _variables(
        overdue="ansi_red",
        final="ansi_magenta",
        soon="ansi_yellow",
        good="ansi_green",
        hours="ansi_cyan",
        muted="ansi_bright_black",
        plain="ansi_default",
        header_background="ansi_default",
        cursor=("ansi_bright_white", "ansi_blue"),
        blurred=("ansi_white", "ansi_bright_black"),
        mark="ansi_yellow",
    ),
)

THEMES = (_DARK, _LIGHT, _ANSI, _COLOUR_SAFE, _HIGH_CONTRAST)

VARIABLE_DEFAULTS = dict(_DARK.variables)
"""For `App.get_theme_variable_defaults`: CSS with the desk's variables then parses under any theme."""


def register(app: App[Any], name: str = DEFAULT_THEME) -> None:
    """Give `app` the desk's themes in place of Textual's own, and show it in the one of this name."""
    others = [theme for theme in app.available_themes if not theme.startswith("desk-")]
    for theme in THEMES:
        app.register_theme(theme)
    app.theme = name
    for other in others:
        app.unregister_theme(other)
