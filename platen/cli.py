"""The command line. Flags are settings: each says the same as its `PLATEN_...` variable."""

import asyncio
import gc
import sys
from typing import Any

import typer

from core.errors import PlatenError
from core.leaving import log_text
from core.settings import SettingsError
from platen import keys, workspaces
from platen.batch.command import batch
from platen.first_process import bury_as_first
from platen.flags import (
    Browsers,
    Chromium,
    DatabaseUrl,
    DataDir,
    EgressAllow,
    Host,
    Plan,
    Port,
    PublicUrl,
    RedisUrl,
    StorageUrl,
)
from platen.logs import set_up_logging

__all__ = ["main"]

app = typer.Typer(
    name="platen",
    help="A stored template plus data becomes a picture, an animation or a PDF.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(workspaces.app, name="workspace")
app.add_typer(keys.app, name="key")
app.command()(batch)


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    redis_url: RedisUrl = None,
    storage_url: StorageUrl = None,
    public_url: PublicUrl = None,
    chromium: Chromium = None,
    browsers: Browsers = None,
    egress_allow: EgressAllow = None,
    plan: Plan = None,
) -> None:
    """Run everything in one process; nothing has to be configured."""
    _run("serve", locals())


@app.command()
def api(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    redis_url: RedisUrl = None,
    storage_url: StorageUrl = None,
    public_url: PublicUrl = None,
    chromium: Chromium = None,
    browsers: Browsers = None,
    egress_allow: EgressAllow = None,
    plan: Plan = None,
) -> None:
    """Run the half that answers HTTP and makes single renders."""
    _run("api", locals())


@app.command()
def worker(
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    redis_url: RedisUrl = None,
    storage_url: StorageUrl = None,
    public_url: PublicUrl = None,
    chromium: Chromium = None,
    browsers: Browsers = None,
    egress_allow: EgressAllow = None,
) -> None:
    """Run the half that works on batches and delivers webhooks."""
    _run("worker", locals())


@app.command()
def doctor(
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    redis_url: RedisUrl = None,
    storage_url: StorageUrl = None,
    chromium: Chromium = None,
) -> None:
    """Check browser, sandbox, fonts, ffmpeg, database, queue and store; say how to mend them."""
    from platen.doctor import examine

    raise typer.Exit(code=0 if examine(_given(locals())) else 1)


def _given(flags: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in flags.items() if value is not None}


def _run(role: str, flags: dict[str, Any]) -> None:
    bury_as_first()
    # Nearly all that a start makes stays: looking for garbage meanwhile is a tenth of its time.
    gc.disable()
    # The service's parts take a second to import, which `platen key list` need not wait for.
    from platen.process import run_process

    run_process(role, _given(flags))


def main() -> None:
    """Run the command line; what an operator can mend is one sentence, never a traceback."""
    set_up_logging()
    try:
        app()
    except (SettingsError, PlatenError) as error:
        told = log_text(str(error), keep="\n")
        sys.stderr.write(f"platen: {told}\n")
        sys.exit(1)
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
