"""The flags that several commands share; each says the same as its `PLATEN_...` variable."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Browsers",
    "Chromium",
    "DataDir",
    "DatabaseUrl",
    "EgressAllow",
    "Host",
    "Plan",
    "Port",
    "PublicUrl",
    "RedisUrl",
    "StorageUrl",
]

Host = Annotated[str | None, typer.Option(help="Address to listen on (default: 127.0.0.1).")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 0: any (default: 8080).")]
DataDir = Annotated[
    Path | None, typer.Option(help="Folder of everything kept here (default: ./data).")
]
DatabaseUrl = Annotated[
    str | None, typer.Option(help="postgresql://... (default: SQLite in the data folder).")
]
RedisUrl = Annotated[str | None, typer.Option(help="redis://... (default: a server of its own).")]
StorageUrl = Annotated[
    str | None, typer.Option(help="s3://bucket, ... (default: the data folder).")
]
PublicUrl = Annotated[
    str | None, typer.Option(help="The address under which clients reach the service.")
]
Chromium = Annotated[Path | None, typer.Option(help="Chromium's headless shell.")]
Browsers = Annotated[int | None, typer.Option(help="Browser processes (default: cores).")]
EgressAllow = Annotated[
    str | None, typer.Option(help="Private host:port that may be reached all the same, by comma.")
]
Plan = Annotated[str | None, typer.Option(help="Rate limits of workspaces (default: unlimited).")]
