"""`platen batch TEMPLATE TABLE --out FOLDER`"""

import asyncio
import signal
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

from core.leaving import log_text
from core.settings import SettingsError
from platen.batch.client import BatchClient, RefusedError
from platen.batch.show import Show
from platen.batch.work import Job, Outcome, dry_run, nothing_to_do, run_job
from platen.flags import Browsers, Chromium, DataDir, EgressAllow
from platen.listing import print_table
from platen.logs import set_up_logging

__all__ = ["batch"]

ROWS_FAILED = 3
"""The exit code when all went well but some rows could not be rendered."""

Template = Annotated[str, typer.Argument(help="A stored template's uid, or an .html file.")]
TableFile = Annotated[
    Path, typer.Argument(help="CSV, TSV, XLSX or JSON Lines.", exists=True, dir_okay=False)
]
Out = Annotated[Path, typer.Option("--out", "-o", help="The folder of the files.")]
Server = Annotated[
    str | None,
    typer.Option(envvar="PLATEN_SERVER", help="A server's URL; without one all is done here."),
]
Key = Annotated[str | None, typer.Option(envvar="PLATEN_KEY", help="The server's API key.")]
Format = Annotated[
    str | None, typer.Option("--format", "-f", help="png, jpg, webp, avif, gif or pdf.")
]
Mappings = Annotated[
    list[str] | None, typer.Option("--map", help="variable=column; may be given again.")
]
Filename = Annotated[str | None, typer.Option(help="Names of files, such as '{index:4}-{sku}'.")]
Layout = Annotated[str | None, typer.Option(help="One of the template's layouts.")]
Width = Annotated[int | None, typer.Option(help="CSS px.", min=10, max=4096)]
Height = Annotated[int | None, typer.Option(help="CSS px.", min=10, max=4096)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Judge every row and render nothing.")]
Restart = Annotated[bool, typer.Option("--restart", help="Begin anew in a folder that was used.")]


def batch(
    template: Template,
    table: TableFile,
    out: Out = Path("out"),
    server: Server = None,
    key: Key = None,
    format_name: Format = None,
    mappings: Mappings = None,
    filename: Filename = None,
    layout: Layout = None,
    width: Width = None,
    height: Height = None,
    dry_run: DryRun = False,
    restart: Restart = False,
    data_dir: DataDir = None,
    chromium: Chromium = None,
    browsers: Browsers = None,
    egress_allow: EgressAllow = None,
) -> None:
    """Render every row of a table into a folder. Run again, it renders what is missing or failed.

    Exit code 3: some rows failed; report.csv says which and why.
    """
    sides = {k: v for k, v in (("width", width), ("height", height)) if v is not None}
    options = {
        "format": format_name,
        "filename": filename,
        "layout": layout,
        "mappings": _mappings(mappings or []),
        **sides,
    }
    named = {name: value for name, value in options.items() if value}
    job = _job(template, table, server or "", sides, named)
    flags = {
        "data_dir": data_dir or _own_folder(job, out),
        "chromium": chromium,
        "browsers": browsers,
        "egress_allow": egress_allow,
    }
    given = {name: value for name, value in flags.items() if value is not None}
    client = _client(server, key, given)
    _told(lambda: _run(client, job, out, only_check=dry_run, restart=restart))


def _told(work: Any) -> None:
    """Run it; what can be mended is one sentence and exit code 1."""
    set_up_logging("auto", "error")
    try:
        code = work()
    except (RefusedError, SettingsError, OSError) as error:
        typer.echo(f"platen: {log_text(str(error), keep=chr(10))}", err=True)
        raise typer.Exit(1) from error
    raise typer.Exit(code)


def _run(
    client: AbstractAsyncContextManager[BatchClient],
    job: Job,
    out: Path,
    *,
    only_check: bool,
    restart: bool,
) -> int:
    async def check() -> dict[str, Any]:
        async with client as api:
            return await dry_run(api, job)

    async def render() -> Outcome:
        _stop_on_signals()
        with Show() as show:
            async with client as api:
                return await run_job(api, job, out, show, restart=restart)

    if only_check:
        return _show_report(asyncio.run(check()))
    done = None if restart else nothing_to_do(job, out)
    if done is not None:  # no browser has to start to see that
        return _show_outcome(done, out)
    out.mkdir(parents=True, exist_ok=True)
    try:
        return _show_outcome(asyncio.run(render()), out)
    except asyncio.CancelledError:
        typer.echo("Paused. The same command goes on where it was.", err=True)
        return 130


def _stop_on_signals() -> None:
    """Ctrl-C and SIGTERM cancel what runs, which then pauses the batch; a second one cuts that."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)


def _client(
    server: str | None, key: str | None, flags: Mapping[str, Any]
) -> AbstractAsyncContextManager[BatchClient]:
    from platen.batch.local import local_client, server_client

    if server is None:
        return local_client(flags)
    if not key:
        raise typer.BadParameter("a server asks for a key: give --key, or set PLATEN_KEY")
    return server_client(server, key)


def _job(
    template: str, table: Path, server: str, sides: Mapping[str, int], options: Mapping[str, Any]
) -> Job:
    file = Path(template)
    is_file = file.suffix.lower() in {".html", ".htm", ".j2", ".hbs"}
    try:
        html = file.read_text(encoding="utf-8") if is_file else None
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{file} cannot be read as UTF-8 text: {error}") from error
    return Job(
        template=file.stem if is_file else template,
        html=html,
        sides=sides,
        table=table.read_bytes(),
        options=options,
        server=server,
    )


def _own_folder(job: Job, out: Path) -> Path | None:
    """A template of a file needs no place of its own: its service lives beside the files."""
    return out / ".platen" if job.html is not None else None


def _mappings(given: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    wrong = [name + mark + column for name, mark, column in pairs if not (name and column)]
    if wrong:
        raise typer.BadParameter(f"--map must be variable=column, not {wrong[0]!r}")
    return {name.strip(): column.strip() for name, _, column in pairs}


def _show_outcome(outcome: Outcome, out: Path) -> int:
    made = outcome.total - outcome.failed
    typer.echo(f"{made} of {outcome.total} rendered, {outcome.fetched} new in {out}", err=True)
    if outcome.error:
        typer.echo(f"platen: {log_text(outcome.error)}", err=True)
        return 1
    if not outcome.failed:
        return 0
    typer.echo(
        f"{outcome.failed} failed: {out / 'report.csv'} says why. Run this again to try them once "
        "more.",
        err=True,
    )
    return ROWS_FAILED


def _likely(column: Mapping[str, Any]) -> str:
    return f"no, only likely: say --map '{column['variable']}={column['column']}'"


def _show_report(report: Mapping[str, Any]) -> int:
    typer.echo(
        f"{report['totalRows']} rows, {report['rowsWithErrors']} of them do not fit; about "
        f"{report['estimatedSeconds']} s"
    )
    filled = [
        (one["variable"], one["column"], "yes" if one["exact"] else _likely(one))
        for one in report["columns"]
        if "variable" in one
    ]
    if filled:
        print_table(("variable", "column", "used"), filled)
    problems = [
        (str(one["row"]), str(one.get("column") or one.get("variable") or ""), str(one["reason"]))
        for one in report["errors"]
    ]
    if problems:
        print_table(("row", "column", "reason"), problems)
    return ROWS_FAILED if report["rowsWithErrors"] else 0
