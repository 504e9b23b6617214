"""`platen workspace ...`"""

import typer

from core.clock import to_iso
from platen.flags import DataDir
from platen.listing import print_table
from platen.offline import with_workspaces

__all__ = ["app"]

app = typer.Typer(help="The tenants: each has keys, templates and artifacts of its own.")


@app.command()
def create(name: str, data_dir: DataDir = None) -> None:
    """Make a workspace; its keys come from `platen key create`."""
    made = with_workspaces(data_dir, lambda workspaces: workspaces.create(name))
    typer.echo(made.id)
    typer.echo(f"A key for it: platen key create --workspace {made.id}", err=True)


@app.command("list")
def show(data_dir: DataDir = None) -> None:
    """Show all workspaces."""
    rows = [
        (one.id, one.plan or "", to_iso(one.created_us), one.name)
        for one in with_workspaces(data_dir, lambda workspaces: workspaces.list())
    ]
    print_table(("id", "plan", "created", "name"), rows)
