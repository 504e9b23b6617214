"""`Idempotency-Key` on a POST: the same request sent twice is done once."""

import hashlib
import re
from collections.abc import Awaitable, Callable

from starlette.responses import Response

from api.errors import IdempotencyInFlightError, IdempotencyKeyReusedError
from core.errors import ValidationError
from core.idempotency import Claim, ClaimState, IdempotencyKeys, KeptAnswer, Operation

__all__ = ["KEPT_ERRORS", "idempotency_key", "run_once"]

_MOST_BYTES = 64_000
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,255}")
KEPT_ERRORS = frozenset({404, 422})
"""Statuses of errors that come again, whoever asks, as long as nothing changes."""
_KEPT_TYPES = ("application/json", "application/problem+json")

Work = Callable[[], Awaitable[Response | None]]
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
) -> Response | None:
    """The answer of `work`, or the one that it gave when the same was sent before.

    `sent` is body and query as they came. Answers of 2xx, 404 and 422 are kept if they are JSON
    of at most 64 kB; after any other the key is free again. Raises IdempotencyInFlightError,
    IdempotencyKeyReusedError.
    """
    fingerprint = hashlib.sha256(sent).hexdigest()
    claimed = Operation(workspace_id, operation, key, fingerprint)
    claim = await keys.claim(claimed)
    if claim.state is not ClaimState.MINE:
        return _replay(claim, key)
    answer: KeptAnswer | None = None
    try:
        response = await work()
        answer = _kept(response)
        return response
    finally:
        if answer is None:
            await keys.release(claimed, claim.owner)
        else:
            await keys.keep(claimed, claim.owner, answer)


def _replay(claim: Claim, key: str) -> Response:
    if claim.state is ClaimState.REUSED:
        raise IdempotencyKeyReusedError(
            f"The Idempotency-Key '{key[:80]}' was sent with another body: use a new key"
        )
    if claim.answer is None:
        raise IdempotencyInFlightError(
            f"A request with the Idempotency-Key '{key[:80]}' is still running: ask again",
            retry_after=1,
        )
    return Response(
        claim.answer.body,
        claim.answer.status,
        {"Idempotent-Replayed": "true"},
        claim.answer.media_type,
    )


def _kept(response: Response | None) -> KeptAnswer | None:
    """What is to be kept of an answer. Bytes of artifacts are not: they may have been asked for
    with `store: false`, which promises that nothing stays.
    """
    if response is None or response.media_type not in _KEPT_TYPES:
        return None
    status = response.status_code
    body = bytes(response.body)
    if not (200 <= status < 300 or status in KEPT_ERRORS) or len(body) > _MOST_BYTES:
        return None
    return KeptAnswer(status, response.media_type, body)
