"""The API as the command calls it: over HTTP, or in the service that it has started itself."""

import asyncio
import json
import random
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

__all__ = ["BatchClient", "RefusedError"]

_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0)
"""Seconds between tries, scattered by a fifth: a server that starts anew has some forty seconds."""
_PASSING = frozenset({429, 502, 503, 504})
"""Statuses that pass by themselves: the service's own, and of what stands before it."""
_LONGEST_PAUSE = 60.0
"""Seconds that are waited when a server asks for it; a day's quota is told instead."""


class RefusedError(Exception):
    """The server refuses, or cannot be used; the text says why and how to mend it."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class BatchClient:
    """Calls about batches. Raises RefusedError for every error that does not pass by itself."""

    def __init__(self, http: "httpx2.AsyncClient", pauses: Sequence[float] = _PAUSES) -> None:
        self._http = http
        self._pauses = pauses
        self._reached = False

    async def store_template(self, name: str, html: str, sides: Mapping[str, int]) -> str:
        """Store a template and return its uid. `sides`: width and height in px, where given."""
        answer = await self._send("POST", "/templates", json={"name": name, "html": html, **sides})
        return str(answer.json()["template"]["uid"])

    async def submit(
        self, uid: str, table: bytes, options: Mapping[str, Any], key: str = ""
    ) -> dict[str, Any]:
        """Start a batch, or with `dryRun` hear what would become of it.

        Under the same `key` it is started once, also when the answer was never heard.
        """
        # The boundary too: the same key takes the same bytes.
        key = key or secrets.token_hex(16)
        headers = {
            "Content-Type": f"multipart/form-data; boundary={key}",
            "Idempotency-Key": key,
        }
        answer = await self._send(
            "POST",
            f"/templates/{uid}/batch-render",
            data={"request": json.dumps(options)},
            files={"csv": ("table", table)},
            headers=headers,
        )
        return answer.json()

    async def status(self, batch_id: str) -> dict[str, Any] | None:
        """How a batch stands; None when there is none any more."""
        try:
            return (await self._send("GET", f"/templates/batch/{batch_id}")).json()
        except RefusedError as error:
            if error.code == "not_found":
                return None
            raise

    async def steer(self, batch_id: str, action: str, *, patient: bool = True) -> None:
        """`resume`, `pause` or `retry`; without patience it is tried once."""
        place = f"/templates/batch/{batch_id}/{action}"
        await self._send("POST", place, pauses=self._pauses if patient else ())

    async def report(self, batch_id: str) -> bytes:
        """`report.csv`."""
        return (await self._send("GET", f"/templates/batch/{batch_id}/report.csv")).content

    async def file(self, url: str) -> bytes:
        """An artifact. By its path: the server may be reached by another name than it knows."""
        import httpx2  # not before: the commands that start a service load this module too

        return (await self._send("GET", httpx2.URL(url).raw_path.decode())).content

    async def _send(
        self, method: str, path: str, pauses: Sequence[float] | None = None, **options: Any
    ) -> "httpx2.Response":
        """The answer, after as many tries as it takes. Each try has the same key: done once."""
        import httpx2

        headers = {"Idempotency-Key": secrets.token_hex(16), **options.pop("headers", {})}
        for pause in (*(self._pauses if pauses is None else pauses), None):
            try:
                answer = await self._http.request(method, path, headers=headers, **options)
            except httpx2.TransportError as error:
                # A server that was never reached is told of at once: its address may be wrong.
                if pause is None or not (self._reached or method == "GET"):
                    raise self._unreached(error) from error
                asked = 0.0
            else:
                self._reached = True
                asked = _asked_pause(answer.headers.get("retry-after", ""))
                if pause is None or not _passes(answer) or asked > _LONGEST_PAUSE:
                    return _good(answer)
            await asyncio.sleep(max(asked, pause * random.uniform(0.8, 1.2)))
        raise AssertionError("the last try has answered or raised")

    def _unreached(self, error: Exception) -> RefusedError:
        why = str(error) or type(error).__name__
        return RefusedError(
            f"{self._http.base_url} was not reached ({why}): check --server, and that the service "
            "runs there"
        )


def _passes(answer: "httpx2.Response") -> bool:
    """Whether another try may do; also while the try before, whose answer was lost, is running."""
    if answer.status_code != 409:
        return answer.status_code in _PASSING
    return _said(answer).get("code") == "idempotency_in_flight"


def _asked_pause(said: str) -> float:
    """Seconds of a Retry-After; a date, which what stands before a server may say, is not kept."""
    return float(said) if said.isascii() and said.isdigit() else 0.0


def _said(answer: "httpx2.Response") -> Mapping[str, Any]:
    try:
        problem = answer.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _good(answer: "httpx2.Response") -> "httpx2.Response":
    if not answer.is_error:
        return answer
    problem = _said(answer)
    text, code = problem.get("detail"), problem.get("code")
    if not (isinstance(text, str) and isinstance(code, str)):
        raise RefusedError(f"{answer.url} answered with status {answer.status_code}: is it Platen?")
    fields = [one["message"] for one in problem.get("errors", []) if one["message"] not in text]
    raise RefusedError("\n  ".join([text, *fields[:20]]), code)
