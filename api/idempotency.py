"""`Idempotency-Key` on a POST: the same request sent twice is done once."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from api.delivery import SAFE_HEADERS
from api.errors import IdempotencyInFlightError, IdempotencyKeyReusedError
from core.artifacts import Artifacts
from core.errors import NotFoundError, ValidationError
from core.idempotency import (
    Claim,
    ClaimState,
    IdempotencyKeys,
    KeptAnswer,
    Operation,
    protecting,
)

__all__ = ["KEPT_ERRORS", "Protection", "Work", "idempotency_key", "run_once"]

_MOST_BYTES = 4_000_000
"""Of JSON, which holds an artifact as base64 at most; artifacts themselves are kept by name."""
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")
KEPT_ERRORS = frozenset({404, 422})
"""Statuses of errors that come again, whoever asks, as long as nothing changes."""
_KEPT_TYPES = ("application/json", "application/problem+json")

Respond = Callable[[BaseModel | Response], Response]
"""A handler's answer as it leaves."""


@dataclass(slots=True)
class Protection:
    """A claimed key, whose answer is committed together with what the request makes.

    `answered` is that answer, once the unit of work that holds both has been written.
    """

    keys: IdempotencyKeys
    operation: Operation
    owner: str
    store: bool
    respond: Respond
    answered: Response | None = None

    @contextmanager
    def committing(self, answer: Callable[[Any], BaseModel | Response]) -> Generator[None]:
        """Within the body, the answer about what is made becomes true together with it."""

        async def seal(conn: AsyncConnection, made: Any) -> None:
            response = self.respond(answer(made))
            kept = _kept(response, store=self.store)
            if kept is not None:
                await self.keys.keep_with(conn, self.operation, self.owner, kept)
                self.answered = response

        with protecting(seal):
            yield


Work = Callable[[Protection], Awaitable[Response | None]]
"""Makes the answer, errors of the caller's included; None when the client has gone."""


def idempotency_key(header: str) -> str:
    """The key of the header's text, bare or quoted. Raises ValidationError for an odd one."""
    text = header.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if not _PRINTABLE.fullmatch(text):
        said = "Idempotency-Key must have 1 to 255 printable ASCII characters"
        raise ValidationError.of("Idempotency-Key", said)
    return text


async def run_once(
    keys: IdempotencyKeys,
    *,
    workspace_id: str,
    operation: str,
    key: str,
    sent: bytes,
    work: Work,
    artifacts: Artifacts,
    respond: Respond,
    store: bool,
) -> Response | None:
    """The answer of `work`, or the one that it gave when the same was sent before.

    `sent` is body and query as they came. Answers of 2xx, 404 and 422 are kept, those that are an
    artifact's bytes by its name; after any other the key is free again. With `store` False nothing
    of a success is kept either, and the same work is done again: the caller was promised so.
    Raises IdempotencyInFlightError, IdempotencyKeyReusedError, NotFoundError (the artifact that
    the key stands for is gone).
    """
    fingerprint = hashlib.sha256(sent).hexdigest()
    claimed = Operation(workspace_id, operation, key, fingerprint)
    claim = await keys.claim(claimed)
    if claim.state is not ClaimState.MINE:
        return await _replay(claim, key, artifacts)
    answer: KeptAnswer | None = None
    protection = Protection(keys, claimed, claim.owner, store, respond)
    response: Response | None = None
    try:
        async with keys.held(claimed, claim.owner):
            response = await work(protection)
        answer = _kept(response, store=store)
        return response
    finally:
        if response is None or response is not protection.answered:
            await _settle(keys, claimed, claim.owner, answer)


async def _settle(
    keys: IdempotencyKeys, operation: Operation, owner: str, answer: KeptAnswer | None
) -> None:
    if answer is None:
        await keys.release(operation, owner)
    else:
        await keys.keep(operation, owner, answer)


async def _replay(claim: Claim, key: str, artifacts: Artifacts) -> Response:
    if claim.state is ClaimState.REUSED:
        raise IdempotencyKeyReusedError(
            f"The Idempotency-Key '{key[:80]}' was sent with another body: use a new key"
        )
    if claim.answer is None:
        raise IdempotencyInFlightError(
            f"A request with the Idempotency-Key '{key[:80]}' is still running: ask again",
            retry_after=1,
        )
    kept, headers = claim.answer, {"Idempotent-Replayed": "true"}
    if kept.media_type in _KEPT_TYPES:
        return Response(kept.body, kept.status, headers, kept.media_type)
    artifact = await artifacts.by_token(kept.body.decode())
    if artifact is None:
        raise NotFoundError(
            f"What the Idempotency-Key '{key[:80]}' made was deleted or has expired: use a new key"
        )
    headers |= SAFE_HEADERS | {
        "ETag": f'"{artifact.digest}"',
        "Cache-Control": "private, no-store",
        "Content-Location": artifacts.url(artifact),
    }
    return Response(await artifacts.read(artifact), kept.status, headers, kept.media_type)


def _kept(response: Response | None, *, store: bool) -> KeptAnswer | None:
    """What is to be kept of an answer: JSON as it is, the bytes of an artifact as its token."""
    if response is None or response.media_type is None:
        return None
    status = response.status_code
    made = 200 <= status < 300
    if not (made or status in KEPT_ERRORS) or (made and not store):
        return None
    if response.media_type in _KEPT_TYPES:
        body = bytes(response.body)
        return KeptAnswer(status, response.media_type, body) if len(body) <= _MOST_BYTES else None
    name = response.headers.get("content-location", "").rpartition("/")[2]
    token = name.partition(".")[0]
    return KeptAnswer(status, response.media_type, token.encode()) if token else None
