"""What the world is told of a render: payloads, and the subjects that filters look at."""

from typing import Any

from core.clock import to_iso
from core.errors import PlatenError
from core.outbox import Event
from jobs.render.command import RenderCommand, TemplateRef
from jobs.render.rendered import Rendered

__all__ = ["completed", "failed"]


def completed(command: RenderCommand, done: Rendered) -> Event:
    """`render.completed`: where the artifact is and what it measures."""
    result = done.result
    data = {
        **_common(command, done.id, done.created_us),
        "url": done.url,
        "format": result.extension,
        "width": result.width,
        "height": result.height,
        "size": done.size,
        "pageCount": result.pages,
        "frameCount": result.frames,
        "version": done.version,
        "layout": done.layout,
    }
    return Event(command.workspace_id, "render.completed", _said(data), _subject(command))


def failed(command: RenderCommand, render_id: str, created_us: int, error: PlatenError) -> Event:
    """`render.failed`: the code and the text that the caller got."""
    data = {
        **_common(command, render_id, created_us),
        "code": error.code,
        "error": error.message,
    }
    return Event(command.workspace_id, "render.failed", _said(data), _subject(command))


def _common(command: RenderCommand, render_id: str, created_us: int) -> dict[str, Any]:
    return {
        "id": render_id,
        "renderId": render_id,
        "kind": command.kind,
        "templateUid": _template(command),
        "templateId": _template(command),
        "batchId": command.batch_id,
        "index": command.item_index,
        "createdAt": to_iso(created_us),
    }


def _subject(command: RenderCommand) -> dict[str, str]:
    subject = {"templateId": _template(command), "batchId": command.batch_id}
    return {name: value for name, value in subject.items() if value}


def _template(command: RenderCommand) -> str | None:
    return command.origin.uid if isinstance(command.origin, TemplateRef) else None


def _said(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}
