"""Older names of a binding's members, and one binding as the JSON that would make it."""

import re
from collections.abc import Mapping
from typing import Any

from core.errors import ValidationError
from templates_store.bindings.binding import Binding
from templates_store.bindings.credentials import HIDDEN

__all__ = ["in_newer_names", "merged", "policy_of_schedule", "wire_of"]

_NESTED = ("dataSource", "mapping", "defaults", "refreshPolicy", "outputConfig")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_NAMED = {"minutely": 60, "hourly": 3600, "daily": 86_400, "weekly": 604_800}
_SPAN = re.compile(r"(?:every\s+)?(\d{1,6})\s*([smhdw])[a-z]*")
_CRON = re.compile(r"(\*|\*/\d{1,2}|\d{1,2}) (\*|\*/\d{1,2}|\d{1,2}) \* \* \*")


def in_newer_names(sent: Mapping[str, Any]) -> dict[str, Any]:
    """A body in today's names; a newer name that is there as well wins. Raises ValidationError."""
    value = dict(sent)
    for older, newer in (("templateUid", "templateId"), ("dataMapping", "mapping")):
        if older in value:
            value.setdefault(newer, value.pop(older))
    if "dataUrl" in value:
        _within(value, "dataSource", {"url": value.pop("dataUrl")})
    if "schedule" in value:
        _within(value, "refreshPolicy", policy_of_schedule(value.pop("schedule")))
    if "format" in value:
        _within(value, "outputConfig", {"format": value.pop("format")})
    return value


def policy_of_schedule(schedule: Any) -> dict[str, Any]:
    """A refresh policy from seconds, `hourly`, `15m`, `every 5 minutes`, a simple cron line, or
    `manual`. Raises ValidationError.
    """
    if isinstance(schedule, Mapping):
        return dict(schedule)
    text = str(schedule).strip().lower()
    if text in {"manual", "webhook", "etag", "ttl"}:
        return {"type": text}
    seconds = _seconds(text)
    if seconds is None or not 60 <= seconds <= 604_800:
        raise ValidationError.of(
            "schedule",
            "schedule must be manual, a number of seconds from 60 to 604800, or such as hourly, "
            "15m, */5 * * * *: better say refreshPolicy {type, ttlSeconds}",
        )
    return {"type": "ttl", "ttlSeconds": seconds}


def _seconds(text: str) -> int | None:
    if text.isascii() and text.isdigit() and len(text) < 8:
        return int(text)
    if text.removeprefix("@") in _NAMED:
        return _NAMED[text.removeprefix("@")]
    if span := _SPAN.fullmatch(text):
        return int(span[1]) * _UNITS[span[2]]
    if cron := _CRON.fullmatch(" ".join(text.split())):
        return _cron_seconds(cron[1], cron[2])
    return None


def _cron_seconds(minute: str, hour: str) -> int:
    """How often the line comes true, as far as every day is alike."""
    if minute == "*":
        return 60
    if minute.startswith("*/"):
        return int(minute[2:]) * 60
    if hour == "*":
        return 3600
    return int(hour[2:]) * 3600 if hour.startswith("*/") else 86_400


def _within(value: dict[str, Any], name: str, members: Mapping[str, Any]) -> None:
    given = value.get(name)
    value[name] = {**members, **(given if isinstance(given, Mapping) else {})}


def wire_of(binding: Binding) -> dict[str, Any]:
    """The binding as a body of POST would say it, without credentials."""
    source, output = binding.source, binding.output
    headers = {**source.headers, **dict.fromkeys(binding.hidden_headers, HIDDEN)}
    return {
        "templateId": binding.template_uid,
        "version": binding.version,
        "name": binding.name,
        "dataSource": {
            "type": source.type,
            "url": source.url,
            "method": source.method,
            "headers": headers,
            "body": source.body,
            "data": source.data,
        },
        "mapping": dict(binding.mapping),
        "defaults": dict(binding.defaults),
        "refreshPolicy": {
            "type": binding.refresh.type,
            "ttlSeconds": binding.refresh.ttl_seconds,
            "onError": binding.refresh.on_error,
        },
        "outputConfig": {
            "format": output.format,
            "quality": output.quality,
            "width": output.width,
            "height": output.height,
            "layout": output.layout,
        },
    }


def merged(base: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `patch` on top: nested objects and headers are merged, null takes away."""
    value = dict(base)
    for name, given in patch.items():
        if name in _NESTED and isinstance(given, Mapping):
            value[name] = _over(value.get(name) or {}, given)
        else:
            value[name] = given
    return {name: given for name, given in value.items() if given is not None}


def _over(former: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    whole = {**former, **given}
    if isinstance(given.get("headers"), Mapping):
        whole["headers"] = {**(former.get("headers") or {}), **given["headers"]}
        whole["headers"] = {k: v for k, v in whole["headers"].items() if v is not None}
    return {name: value for name, value in whole.items() if value is not None}
