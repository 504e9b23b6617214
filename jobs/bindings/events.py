"""What the world is told of a binding."""

from typing import Any

from core.clock import to_iso
from core.outbox import Event
from templates_store.bindings.binding import Binding

__all__ = ["binding_failed", "binding_updated"]


def binding_updated(binding: Binding, version: int | None, at_us: int) -> Event:
    """`binding.updated`: its picture is another one now."""
    data = {**_common(binding), "version": version, "renderedAt": to_iso(at_us)}
    return Event(binding.workspace_id, "binding.updated", data, _subject(binding))


def binding_failed(binding: Binding, code: str, error: str, count: int) -> Event:
    """`binding.failed`: a refresh failed, for the `count`th time in a row."""
    data = {**_common(binding), "code": code, "error": error, "errorCount": count}
    return Event(binding.workspace_id, "binding.failed", data, _subject(binding))


def _common(binding: Binding) -> dict[str, Any]:
    return {
        "bindingId": binding.uid,
        "id": binding.uid,
        "name": binding.name,
        "templateId": binding.template_uid,
        "templateUid": binding.template_uid,
        "renderPath": f"/b/{binding.uid}.{binding.output.format}",
    }


def _subject(binding: Binding) -> dict[str, str]:
    return {"templateId": binding.template_uid, "bindingId": binding.uid}
