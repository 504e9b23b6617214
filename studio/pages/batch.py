"""One batch: watched, steered, taken home. What moves is fetched anew, what is read stays still."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp

from core.errors import NotFoundError
from studio.door import Visit
from studio.own_api import ApiRefusedError, Forwarded, api_path
from studio.words import state_key

__all__ = ["actions", "failed", "file", "made", "progress", "show", "steer"]

_PICTURES = 24
_FAILED = 50
_ENDED = ("completed", "partial", "failed", "cancelled")
_FILES = ("archive.zip", "report.csv", "contact-sheet.png", "merged.pdf")
_STEERED = ("pause", "resume", "cancel", "approve", "retry")
_CHANGES: Mapping[str, str] = MappingProxyType(
    {"completedItems": "made", "failedItems": "failed", "state": "state"}
)
"""What may have changed since the last look -> the event that parts of the page wait for."""


async def show(visit: Visit) -> Response:
    """The whole page."""
    batch = await _batch(visit)
    return visit.page(
        "batch.html",
        **_moment(batch),
        template=await _template(visit, batch["templateUid"]),
        made=await _made(visit, batch),
        failures=await _failures(visit),
    )


async def progress(visit: Visit) -> Response:
    """Bar and counts. `seen` is what the page shows, so that other parts follow what changed."""
    batch = await _batch(visit)
    answer = visit.page("parts/progress.html", **_moment(batch))
    seen = visit.request.query_params.get("seen", "").split(".")
    changed = [event for event, was, now in _looks(batch, seen) if was != now]
    if changed:
        answer.headers["HX-Trigger"] = ", ".join(changed)
    return answer


async def actions(visit: Visit) -> Response:
    """What can be done now."""
    return visit.page("parts/actions.html", **_moment(await _batch(visit)))


async def made(visit: Visit) -> Response:
    """A page of pictures."""
    batch = await _batch(visit)
    return visit.page("parts/made.html", batch=batch, made=await _made(visit, batch))


async def failed(visit: Visit) -> Response:
    """Rows that failed, and why."""
    batch = await _batch(visit)
    return visit.page("parts/failed.html", batch=batch, failures=await _failures(visit))


async def file(visit: Visit) -> ASGIApp:
    """Archive, report, contact sheet or merged document, as they stream in."""
    name = visit.path("name")
    if name not in _FILES:
        raise NotFoundError(f"A batch has {', '.join(_FILES)}, and no file of another name")
    return Forwarded(visit.api, api_path("templates", "batch", visit.path("id"), name))


async def steer(visit: Visit) -> Response:
    """Pause, resume, cancel, say yes or try again; then the page looks anew."""
    action, batch_id = visit.path("action"), visit.path("id")
    if action not in _STEERED:
        raise NotFoundError(f"A batch can be told {', '.join(_STEERED)}, and nothing else")
    await visit.api.post(api_path("templates", "batch", batch_id, action))
    answer = visit.page("parts/actions.html", **_moment(await _batch(visit)))
    answer.headers["HX-Trigger"] = "look"
    return answer


async def _batch(visit: Visit) -> dict[str, Any]:
    return await visit.api.get(api_path("templates", "batch", visit.path("id")))


def _moment(batch: Mapping[str, Any]) -> dict[str, Any]:
    """What views know of a batch beside its status."""
    return {
        "batch": batch,
        "state": state_key(batch),
        "ended": batch["status"] in _ENDED,
        "seen": ".".join(now for _, _, now in _looks(batch, [])),
    }


def _looks(batch: Mapping[str, Any], seen: list[str]) -> list[tuple[str, str, str]]:
    """Event, what the page shows, what there is now."""
    now = {**batch, "state": state_key(batch)}
    shown = [*seen, *("" for _ in _CHANGES)]
    return [
        (event, was, str(now[name]))
        for (name, event), was in zip(_CHANGES.items(), shown, strict=False)
    ]


async def _made(visit: Visit, batch: Mapping[str, Any]) -> dict[str, Any]:
    """The page of pictures that was asked for; while pictures arrive, the newest."""
    place = api_path("templates", "batch", batch["batchId"], "results")
    asked = visit.request.query_params.get("page", "")
    last = max(1, -(-batch["completedItems"] // _PICTURES))
    page = asked if asked.isdigit() else str(1 if batch["status"] in _ENDED else last)
    found = await visit.api.get(place, status="completed", page=page, limit=_PICTURES)
    return {"results": found["results"], "pages": found["pagination"], "follows": not asked}


async def _failures(visit: Visit) -> dict[str, Any]:
    place = api_path("templates", "batch", visit.path("id"), "results")
    page = visit.request.query_params.get("failedPage", "1")
    found = await visit.api.get(place, status="failed", page=page, limit=_FAILED)
    return {"errors": found["errors"], "pages": found["pagination"]}


async def _template(visit: Visit, uid: str) -> dict[str, Any] | None:
    """None when it was deleted since: its batches stay."""
    try:
        return (await visit.api.get(api_path("templates", uid)))["template"]
    except ApiRefusedError as error:
        if error.status == 404:
            return None
        raise
