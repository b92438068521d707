"""`deskconsole user ...`: who may work at the desk; on a shared one each person is a login of the server."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import typer

from deskconsole.cli import output, values
from deskconsole.cli.context import DeskOption, Json, asked, opened
from deskconsole.cli.usage import DeskCommand, group
from deskconsole.data.passwords import Found, Place, Secret, wallet
from deskconsole.domain.errors import InvalidInput, Refused
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import Role
from deskconsole.i18n import _, say
from deskconsole.profiles import is_shared

users = group("user", mark("Who may work at the desk: add, list, disable, passwd."))
Login = Annotated[str, typer.Argument(metavar="LOGIN", help=mark("The person's login."))]
PrintSql = Annotated[
    bool,
    typer.Option("--print-sql", help=mark("Print the SQL for the server's administrator; nothing is done.")),
]


@users.command("add", cls=DeskCommand, help=mark("Let somebody work at the desk, or in another role."))
def add(
    ctx: typer.Context,
    login: Login,
    role: Annotated[
        str,
        typer.Option("--role", metavar="ROLE", help=mark("dispatcher, engineer, supervisor, contractor, admin or bi.")),
    ],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help=mark("The name as others see it; else the login."))
    ] = None,
    team: Annotated[str | None, typer.Option("--team", metavar="TEAM", help=mark("The person's team."))] = None,
    print_sql: PrintSql = False,
    no_password: Annotated[
        bool,
        typer.Option("--no-password", help=mark("The server knows them otherwise: by peer, a certificate, LDAP.")),
    ] = False,
    desk: DeskOption = None,
) -> None:
    """Make a login, or move it to another role."""
    from deskconsole.credentials import new_password
    from deskconsole.desk import accounts

    account = accounts.checked(login, Role(values.choice(role, [one.value for one in Role], "--role")), name, team)
    location = asked(ctx, desk).location()
    if not is_shared(location):
        _refuse_sql(print_sql)
        with opened(ctx) as local:
            is_new = accounts.add(local, account)
        _say_added(account.login, account.role, is_new=is_new)
        output.words(_("This desk is a file: whoever owns the file owns the data, whatever their role."))
        return
    from deskconsole.desk import server_accounts

    if print_sql:
        secret = None if no_password else new_password(account.login)
        print(server_accounts.add_script(location, account, secret), end="")
        return
    is_new_login = server_accounts.is_new_login(location, account)
    secret = new_password(account.login) if is_new_login and not no_password else None
    is_new = server_accounts.add(location, account, secret)
    _say_added(account.login, account.role, is_new=is_new)
    if not is_new_login:
        output.words(_("The login was there already, and its password is as it was."))


@users.command("list", cls=DeskCommand, help=mark("List who may work at the desk."))
def list_users(ctx: typer.Context, as_json: Json = False, desk: DeskOption = None) -> None:
    """List the people and how their logins stand."""
    from deskconsole.desk import accounts

    before = asked(ctx, desk)
    location = before.location()
    if is_shared(location):
        from deskconsole.desk import server_accounts

        found = server_accounts.listed(location)
    else:
        with opened(ctx) as local:
            found = local.read(accounts.people)
    if as_json:
        output.document(
            [
                {
                    "login": one.login,
                    "name": one.name,
                    "role": one.role,
                    "team": one.team,
                    "is_active": one.is_active,
                    "can_log_in": one.can_log_in,
                    "groups": one.groups,
                    "problem": say(one.problem) if one.problem is not None else None,
                }
                for one in found
            ],
            before.zone(),
        )
        return
    output.table(
        (_("Login"), _("Name"), _("Role"), _("Team"), _("State"), _("Problem")),
        [
            (
                one.login,
                one.name,
                one.role,
                one.team,
                _("works here") if one.is_active else _("switched off"),
                say(one.problem) if one.problem is not None else "",
            )
            for one in found
        ],
        elastic=5,
    )


@users.command("disable", cls=DeskCommand, help=mark("Let somebody in no more; what they did stays."))
def disable(ctx: typer.Context, login: Login, print_sql: PrintSql = False, desk: DeskOption = None) -> None:
    """Switch a login off."""
    from deskconsole.desk import accounts

    location = asked(ctx, desk).location()
    if not is_shared(location):
        _refuse_sql(print_sql)
        with opened(ctx) as local:
            accounts.disable(local, login)
        output.words(_("{login} is switched off.").format(login=login))
        output.words(_("This desk is a file: whoever owns the file owns the data, whatever their role."))
        return
    from deskconsole.desk import server_accounts

    if print_sql:
        print(server_accounts.disable_script(location, login), end="")
        return
    ended, left = server_accounts.disable(location, login)
    output.words(
        _("{login} is switched off; open sessions ended: {count}.").format(login=login, count=ended)
        if not left
        else _(
            "{login} is switched off. Its {count} open sessions see nothing any more; a superuser can end them."
        ).format(login=login, count=left)
    )


@users.command("passwd", cls=DeskCommand, help=mark("Set a new password: your own, or as administrator another's."))
def passwd(
    ctx: typer.Context,
    login: Annotated[str | None, typer.Argument(metavar="LOGIN", help=mark("Whose; else your own."))] = None,
    print_sql: PrintSql = False,
    desk: DeskOption = None,
) -> None:
    """Change a password."""
    from deskconsole import credentials

    location = asked(ctx, desk).location()
    if not is_shared(location):
        raise InvalidInput(mark("A local desk has no passwords: whoever owns its file owns the data."))
    from deskconsole.desk import connection, server_accounts

    place = connection.place_of(location)
    whose = login or place.login
    if print_sql:
        print(server_accounts.password_script(whose, credentials.new_password(whose)), end="")
        return
    if whose == place.login:
        _prove(location, place)
    secret = credentials.new_password(whose)
    server_accounts.set_password(location, whose, secret)
    output.words(_("{login} has a new password.").format(login=whose))
    if whose == place.login:
        _keep_up(place, secret)


def _prove(location: str, place: Place) -> None:
    """Ask for the old password where the server goes by passwords: who sits down at somebody's terminal has it not.

    Raises:
        Refused: it is wrong.
    """
    from deskconsole import credentials
    from deskconsole.desk import connection

    if connection.is_let_in(location, None) and not connection.report(location).goes_by_password:
        return
    old = credentials.typed_password(_("Old password of {login}: ").format(login=place.login))
    if not old or not connection.is_let_in(location, Secret(old)):
        raise Refused(mark("The old password is not right; nothing was changed."))


def _keep_up(place: Place, secret: Secret) -> None:
    """Let what kept the old password keep the new one, or say who must."""
    from deskconsole import credentials

    wallet.remember(place, Found(secret, Sentence(mark("what was typed"))))
    with suppress(credentials.NoKeyringError):
        if credentials.kept_password(place) is not None:
            credentials.keep_password(place, secret)
            output.words(_("The keyring has the new one too."))
    if credentials.passfile().exists():
        output.words(_("If the old one stands in {file}, change it there too.").format(file=credentials.passfile()))


def _refuse_sql(print_sql: bool) -> None:
    if print_sql:
        raise InvalidInput(mark("--print-sql is for a shared desk; this one is a file."))


def _say_added(login: str, role: Role, *, is_new: bool) -> None:
    output.words(
        _("{login} may work here as {role}.").format(login=login, role=role.value)
        if is_new
        else _("{login} was known here and works as {role} now.").format(login=login, role=role.value)
    )
