"""Commands that speak the reader's language: plain help, and usage errors that name the nearest right word.

Help texts are marked where a command is declared and said when they are shown, so the language may be chosen last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import mark
from deskconsole.i18n import _
from deskconsole.tomlfile import nearest

HELP_OPTION = mark("Show this message and exit.")  # Typer's own text


class AsTyped:
    """Takes a value as it was typed: ours are read in values.py, and Typer's own way imports pydantic for it."""

    def coerce(self, value: Any, *, param: Any, ctx: Any) -> Any:
        """The value itself."""
        return value


class Speaking:
    """What help shows of a command: usage, what it does, arguments, options, commands."""

    params: list[Any]
    help: str | None
    name: str | None

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the usage line; the options of the groups above don't belong into it."""
        pieces = [_piece(param) for param in self.params if param.param_type_name == "argument"]
        more = [_("[OPTIONS]"), *pieces, *([_("COMMAND ...")] if getattr(self, "commands", None) else [])]
        formatter.write_usage(path_of(ctx), " ".join(more), prefix=_("Usage: "))

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """Write what the command does."""
        if self.help:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(_(self.help))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, options and commands, each with its one sentence."""
        shown = [param for param in self.get_params(ctx) if not param.hidden]  # type: ignore[attr-defined] # the base's
        sections = {
            _("Arguments"): [
                (_piece(p), _(p.help) if p.help else "") for p in shown if p.param_type_name == "argument"
            ],
            _("Options"): [(_option(p), _(p.help) if p.help else "") for p in shown if p.param_type_name == "option"],
            _("Commands"): [(name, _(made.help or "")) for name, made in getattr(self, "commands", {}).items()],
        }
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words; what can't be read is one sentence."""
        for param in self.get_params(ctx):  # type: ignore[attr-defined] # the base's
            param.get_runtime_param = AsTyped
        names = [name for param in self.params for name in param.opts if name.startswith("-")]
        try:
            rest: list[str] = super().parse_args(ctx, args)  # type: ignore[misc] # the base's
        except TyperException as error:
            raise explained(error, [*names, "--help"]) from None
        return rest


class DeskCommand(Speaking, TyperCommand):
    """A command that takes no word it doesn't know."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words, and refuse those left over."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if rest:
            raise InvalidInput(
                mark("{command} does not know what to do with {word}; put words with blanks in quotes."),
                command=path_of(ctx),
                word=rest[0][:40],
            )
        return rest


class MinutesCommand(DeskCommand):
    """A command with signed minutes among its words: `-30` is a number there, not an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words, a leading minus before digits as the minus sign U+2212."""
        return super().parse_args(
            ctx, ["\u2212" + word[1:] if re.fullmatch("-[0-9][0-9hm:.,]*", word) else word for word in args]
        )


class WordsCommand(DeskCommand):
    """A command whose words are the filter language: `-channel:email` is a term there, not an option."""

    ignore_unknown_options = True

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words; what begins with two dashes can only be an option."""
        ctx.ignore_unknown_options = True
        names = [name for param in self.params for name in param.opts if name.startswith("--")]
        waiting = False
        for word in args:
            if word == "--":
                break
            name, _sign, value = word.partition("=")
            if not waiting and name.startswith("--") and name not in {*names, "--help"}:
                raise unknown_option(name, [*names, "--help"])
            taking = next((param for param in self.params if name in param.opts), None)
            waiting = not waiting and taking is not None and not taking.is_flag and not value
        return super().parse_args(ctx, args)


class DeskGroup(Speaking, TyperGroup):
    """A group of commands; a command that is not there is answered with the nearest."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of that name."""
        if args[0] not in self.commands:
            path, near = path_of(ctx), nearest(args[0], self.commands)
            if near is None:
                raise InvalidInput(
                    mark("{path} has no command {name}; there is {choices}."),
                    path=path,
                    name=args[0][:40],
                    choices=", ".join(self.commands),
                )
            raise InvalidInput(
                mark("{path} has no command {name}; did you mean {near}?"), path=path, name=args[0][:40], near=near
            )
        return super().resolve_command(ctx, args)


def group(name: str, text: str) -> typer.Typer:
    """A group of commands that says what it can do when none is named."""
    made = typer.Typer(
        name=name,
        help=text,
        cls=DeskGroup,
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        invoke_without_command=True,
    )

    @made.callback()
    def _named(ctx: typer.Context) -> None:
        if ctx.invoked_subcommand is None:
            choices = ", ".join(getattr(ctx.command, "commands", ()))
            raise InvalidInput(mark("{path} what? There is {choices}."), path=path_of(ctx), choices=choices)

    return made


def path_of(ctx: Any) -> str:
    """The commands that led here, without their options."""
    names = []
    while ctx is not None:
        names.append(ctx.info_name or "")
        ctx = ctx.parent
    return " ".join(reversed(names))


def unknown_option(name: str, names: Iterable[str]) -> InvalidInput:
    """There is no such option; the nearest, or all there are."""
    known = list(names)
    if near := nearest(name, known):
        return InvalidInput(mark("There is no option {name}; did you mean {near}?"), name=name[:40], near=near)
    return InvalidInput(
        mark("There is no option {name}; there is {choices}."), name=name[:40], choices=", ".join(known)
    )


def explained(error: TyperException, names: list[str]) -> InvalidInput:
    """Typer's complaint in our words; `names` are the options that would have been understood."""
    option, param = getattr(error, "option_name", ""), getattr(error, "param", None)
    if hasattr(error, "possibilities"):
        return unknown_option(option, names)
    if option:
        template = (
            mark("{option} takes no value.") if "does not take" in error.message else mark("{option} needs a value.")
        )
        return InvalidInput(template, option=option)
    if hasattr(error, "param_type") and param is not None:
        what = _piece(param) if param.param_type_name == "argument" else param.opts[0]
        return InvalidInput(mark("{what} is missing."), what=what)
    return InvalidInput("{problem}", problem=error.format_message())


def _piece(param: Any) -> str:
    name = param.metavar or param.name.upper()
    if param.nargs == -1:
        name = f"{name}..."
    return name if param.required else f"[{name}]"


def _option(param: Any) -> str:
    names = ", ".join([*param.opts, *param.secondary_opts])
    return names if param.is_flag else f"{names} {param.metavar or param.name.upper()}"
