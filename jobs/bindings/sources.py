"""Asking a binding's source: one request, judged like all others, and JSON as its answer."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import orjson

from core.clock import now_us
from core.depth import DEEPEST, is_deep
from core.errors import PlatenError
from core.sealing import SealedTextError, Sealing
from egress.client import EgressClient
from egress.models import Fetched
from jobs.bindings.errors import SourceFailedError
from jobs.bindings.settings import BindingSettings
from jobs.webhooks.schedule import retry_after_seconds
from templates_store.bindings.binding import Binding
from templates_store.bindings.credentials import Secrets

__all__ = ["Answered", "Sources"]

_BIG = 8_192
"""Bytes; what has more is understood beside the event loop."""
_MOST_REDIRECTS = 5
_LONGEST_VALIDATOR = 1000


@dataclass(frozen=True, slots=True)
class Answered:
    """What a source said. `data` is what its JSON means; `unchanged`: it still holds (304)."""

    data: Any
    status: int
    size: int
    media_type: str
    etag: str | None = None
    last_modified: str | None = None
    unchanged: bool = False


class Sources:
    """The sources of all bindings."""

    def __init__(self, client: EgressClient, sealing: Sealing, settings: BindingSettings) -> None:
        self.sealing = sealing
        self._client = client
        self._settings = settings

    async def ask(self, binding: Binding, *, conditional: bool = False) -> Answered:
        """Request the data. `conditional`: only if it changed since the last answer.

        Raises BlockedAddressError, FetchFailedError, SourceFailedError. No text of theirs holds a
        credential.
        """
        secrets = self._secrets(binding)
        try:
            conditions = _conditions(binding) if conditional else {}
            answer = await self._asked(binding, secrets, conditions)
            understand = partial(_understood, answer, asked_if_changed=bool(conditions))
            # A source may choose what takes longest: a million empty lists take most of a second.
            large = len(answer.body) > _BIG
            return await asyncio.to_thread(understand) if large else understand()
        except PlatenError as error:
            raise _without_secrets(error, secrets) from None

    def _secrets(self, binding: Binding) -> Secrets:
        try:
            return Secrets.opened(self.sealing, binding.uid, binding.secret)
        except SealedTextError:
            raise SourceFailedError(
                "The binding's credentials were encrypted with another PLATEN_SECRET_KEY: "
                "send them again by PUT"
            ) from None

    async def _asked(
        self, binding: Binding, secrets: Secrets, conditions: Mapping[str, str]
    ) -> Fetched:
        source = binding.source
        content, kind = _content(source.body)
        headers = {"Accept": "application/json", **kind, **source.headers, **conditions}
        url, headers = secrets.applied(source.url, headers)
        return await self._client.fetch(
            url,
            account=binding.workspace_id,
            method=source.method,
            headers=headers,
            content=content if source.method != "GET" else None,
            timeout=self._settings.binding_timeout,
            max_bytes=self._settings.binding_max_bytes,
            max_redirects=_MOST_REDIRECTS,
            reach=binding.reach,
        )


def _content(body: Any) -> tuple[bytes | None, dict[str, str]]:
    if body is None:
        return None, {}
    if isinstance(body, str):
        return body.encode(), {}
    return json.dumps(body).encode(), {"Content-Type": "application/json"}


def _conditions(binding: Binding) -> dict[str, str]:
    if binding.source.method != "GET":
        return {}
    asked = {"If-None-Match": binding.etag, "If-Modified-Since": binding.last_modified}
    return {name: value for name, value in asked.items() if value}


def _understood(answer: Fetched, *, asked_if_changed: bool) -> Answered:
    said = Answered(
        data=None,
        status=answer.status,
        size=len(answer.body),
        media_type=answer.media_type,
        etag=_validator(answer.headers.get("etag")),
        last_modified=_validator(answer.headers.get("last-modified")),
        unchanged=answer.status == 304 and asked_if_changed,
    )
    if said.unchanged:
        return said
    if not 200 <= answer.status < 300:
        wait = retry_after_seconds(answer.headers.get("retry-after"), now_us())
        raise SourceFailedError(
            f"The source answered {answer.status}: check its URL, method and credentials",
            retry_after=None if wait is None else round(wait),
        )
    return replace(said, data=_json(answer))


def _json(answer: Fetched) -> Any:
    try:
        data = orjson.loads(answer.body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        kind = answer.media_type[:80] or "something without a type"
        raise SourceFailedError(
            f"The source answered {answer.status} with {len(answer.body)} bytes of {kind}, and "
            "they are no JSON: name an address that answers with JSON"
        ) from None
    if is_deep(data):
        raise SourceFailedError(f"The source's JSON is nested deeper than {DEEPEST} levels")
    return data


def _validator(value: str | None) -> str | None:
    """One that can be sent back as it came."""
    fit = value and len(value) <= _LONGEST_VALIDATOR and value.isascii() and value.isprintable()
    return value if fit else None


def _without_secrets(error: PlatenError, secrets: Secrets) -> PlatenError:
    return type(error)(
        secrets.redacted(error.message),
        retry_after=error.retry_after,
        private=secrets.redacted(error.private),
    )
