"""`reelfarm key`: keys of the API, made and revoked on a machine of the farm."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import options
from cli.connection import open_database
from cli.document import print_line
from farm.access import EVERY_TENANT, LOCAL, Scope

app = typer.Typer(
    help="Keys of the API: made, listed and revoked beside the database.", no_args_is_help=True
)

OPERATORS = [Scope.ADMIN]
TENANTS = [Scope.SUBMIT, Scope.READ]


@app.command()
def make(
    tenant: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Whose; made if it is new. Without: an operator's."),
    ] = None,
    scope: Annotated[
        list[Scope] | None,
        typer.Option(
            help="What for; several times. Default: admin, which is all; of a tenant: submit, read."
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="To know it by in lists.")] = "reelfarm key make",
    state: options.StateDir = None,
) -> None:
    """Make a key and print it; nobody can read it again later."""
    from services.keys import make_key, make_tenant

    with open_database(state) as database:
        if tenant is not None:
            make_tenant(database, LOCAL, tenant)
        scopes = scope or (OPERATORS if tenant is None else TENANTS)
        print_line(make_key(database, LOCAL, name, scopes, tenant).token)


@app.command("list")
def list_all(state: options.StateDir = None) -> None:
    """List the keys there are, without their secrets."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from services.keys import list_keys

    table = Table(box=None)
    for heading in ("key", "tenant", "scopes", "made", "used", "name", ""):
        table.add_column(heading, overflow="fold")
    with open_database(state) as database:
        after = None
        while page := list_keys(database, LOCAL, after, 200):
            for row in page:
                after = (row.created_at, row.id)
                table.add_row(
                    f"rf_{row.id}",
                    "operators" if row.tenant == EVERY_TENANT else row.tenant,
                    ",".join(row.scopes),
                    f"{row.created_at:%Y-%m-%d}",
                    f"{row.used_at:%Y-%m-%d}" if row.used_at else "never",
                    escape(row.name),
                    "[red]revoked[/]" if row.revoked_at else "",
                )
    Console(soft_wrap=True).print(table)


@app.command()
def revoke(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="Its beginning: rf_ and 12 letters and digits.")
    ],
    state: options.StateDir = None,
) -> None:
    """Let a key hold no longer, at once."""
    from services.keys import revoke_key

    with open_database(state) as database:
        row = revoke_key(database, LOCAL, "_".join(key.split("_")[:2]))  # or all of it was given
    print_line(f"rf_{row.id} is revoked")
