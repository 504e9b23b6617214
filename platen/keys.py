"""`platen key ...`"""

from typing import TYPE_CHECKING, Annotated

import typer

from core.clock import to_iso
from core.reach import POLICIES, Reach
from core.tenant import DEFAULT_WORKSPACE, SCOPES
from egress.hosts import reach_of
from platen.find import find_workspace
from platen.flags import DataDir
from platen.listing import print_table
from platen.offline import with_workspaces

if TYPE_CHECKING:
    from core.keys import ApiKey
    from core.workspaces import Workspaces

__all__ = ["app"]

app = typer.Typer(help="The keys that open a workspace. Only their digests are kept.")

WorkspaceOption = Annotated[str | None, typer.Option("--workspace", help="Its id or its name.")]
_ALL = ", ".join(SCOPES)


@app.command()
def create(
    workspace: WorkspaceOption = None,
    scopes: Annotated[
        str | None, typer.Option(help=f"Some of {_ALL}, by comma [default: all].")
    ] = None,
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    egress: Annotated[
        str, typer.Option(help=f"How far its renders may go: {', '.join(POLICIES)}.")
    ] = "public",
    egress_host: Annotated[
        list[str] | None, typer.Option(help="A host for allow-list; may be given again.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it; it is shown this once."""
    reach = reach_of(egress, egress_host or [], "--egress", "--egress-host")
    wanted = None if scopes is None else [scope.strip() for scope in scopes.split(",")]

    async def work(workspaces: "Workspaces") -> "tuple[ApiKey, str]":
        place = await find_workspace(workspaces, workspace or DEFAULT_WORKSPACE)
        return await workspaces.create_key(place, name, wanted, reach=reach)

    key, secret = with_workspaces(data_dir, work)
    typer.echo(secret)
    typer.echo(
        f"{key.id} in {key.workspace_id}, for {', '.join(key.scopes)}; egress "
        f"{_shown(key.reach)}; shown this once.",
        err=True,
    )


@app.command("list")
def show(workspace: WorkspaceOption = None, data_dir: DataDir = None) -> None:
    """Show keys, without their secrets."""

    async def work(workspaces: "Workspaces") -> "list[ApiKey]":
        place = await find_workspace(workspaces, workspace) if workspace else None
        return await workspaces.keys(place)

    rows: list[tuple[str, ...]] = []
    for key in with_workspaces(data_dir, work):
        state = f"revoked {to_iso(key.revoked_us)}" if key.revoked_us else "valid"
        scopes = "all" if set(key.scopes) == set(SCOPES) else ",".join(key.scopes)
        created = to_iso(key.created_us)
        far = _shown(key.reach)
        rows.append((key.id, key.workspace_id, key.hint, scopes, far, created, state, key.name))
    heads = ("id", "workspace", "begins", "scopes", "egress", "created", "state", "name")
    print_table(heads, rows)


@app.command()
def revoke(key_id: str, data_dir: DataDir = None) -> None:
    """Refuse a key from now on; running services notice within 5 s."""
    key = with_workspaces(data_dir, lambda workspaces: workspaces.revoke(key_id))
    typer.echo(f"{key.id} of {key.workspace_id} is revoked.")


def _shown(reach: Reach) -> str:
    return ",".join(sorted(reach.hosts)) if reach.policy == "allow-list" else reach.policy
