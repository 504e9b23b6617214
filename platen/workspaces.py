"""`platen workspace ...`"""

from typing import TYPE_CHECKING, Annotated

import typer

from core.clock import to_iso
from core.tenant import ISOLATIONS, Isolation
from platen.find import find_workspace
from platen.flags import DataDir
from platen.listing import print_table
from platen.offline import with_workspaces

if TYPE_CHECKING:
    from core.workspaces import Workspace, Workspaces

__all__ = ["app"]

app = typer.Typer(help="The tenants: each has keys, templates and artifacts of its own.")

IsolationOption = Annotated[
    Isolation, typer.Option(help="strict: browsers that serve no other workspace.")
]


@app.command()
def create(name: str, isolation: IsolationOption = "shared", data_dir: DataDir = None) -> None:
    """Make a workspace; its keys come from `platen key create`."""
    if not name.strip():
        raise typer.BadParameter("a workspace needs a name", param_hint="name")
    made = with_workspaces(
        data_dir, lambda workspaces: workspaces.create(name, isolation=isolation)
    )
    typer.echo(made.id)
    typer.echo(f"A key for it: platen key create --workspace {made.id}", err=True)


@app.command("list")
def show(data_dir: DataDir = None) -> None:
    """Show all workspaces."""
    rows = [
        (one.id, one.plan or "", one.isolation, to_iso(one.created_us), one.name)
        for one in with_workspaces(data_dir, lambda workspaces: workspaces.list())
    ]
    print_table(("id", "plan", "isolation", "created", "name"), rows)


@app.command()
def isolate(
    workspace: str,
    isolation: Annotated[Isolation, typer.Argument(help=" or ".join(ISOLATIONS))] = "strict",
    data_dir: DataDir = None,
) -> None:
    """Give a workspace browsers of its own, or let it share again; services notice within 5 s."""

    async def work(workspaces: "Workspaces") -> "Workspace":
        return await workspaces.isolate(await find_workspace(workspaces, workspace), isolation)

    changed = with_workspaces(data_dir, work)
    typer.echo(f"{changed.id} is {changed.isolation}.")
