"""From flags to a running process: its settings, its socket, its event loop."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import uvloop

from api.settings import ApiSettings
from platen.address import bind
from platen.all_settings import read_all
from platen.logs import set_up_logging
from platen.role import Role
from platen.run import run
from platen.settings import ServerSettings, Settings

__all__ = ["run_process"]

log = logging.getLogger(__name__)
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - what is listened on is told, not chosen, here


def run_process(role: str, flags: Mapping[str, Any]) -> None:
    """Run `serve`, `api` or `worker` until it is told to stop. Raises SettingsError."""
    settings = read_all(flags)
    server = settings.of(ServerSettings)
    set_up_logging(server.log_format, server.log_level)
    _warn_of_unknown(settings)
    taken = None
    if role != Role.WORKER:
        taken = bind(server.host, server.port)
        if "public_url" not in settings.of(ApiSettings).model_fields_set:
            settings = read_all({**flags, "public_url": _local_url(server.host, taken)})
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(Role(role), settings, taken))


def _local_url(host: str, taken: Any) -> str:
    port = taken.getsockname()[1]
    name = _EVERYWHERE.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}"


def _warn_of_unknown(settings: Settings) -> None:
    for name, near in settings.unknown():
        hint = f"; did you mean {near}?" if near else ""
        log.warning("%s is no setting of Platen and is ignored%s", name, hint)
