"""The API as the command calls it: over HTTP, or in the service that it has started itself."""

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

__all__ = ["BatchClient", "RefusedError"]

_TRIES = 40
_PAUSE = 0.5
"""Tries and seconds between them: a server that starts anew has twenty seconds."""
_LONGEST_PAUSE = 60.0
"""Seconds that are waited when a server asks for it; a day's quota is told instead."""


class RefusedError(Exception):
    """The server refuses, or cannot be used; the text says why and how to mend it."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class BatchClient:
    """Calls about batches. Raises RefusedError for every error that does not pass by itself."""

    def __init__(self, http: "httpx2.AsyncClient") -> None:
        self._http = http

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
        headers = {
            "Content-Type": f"multipart/form-data; boundary={key}",
            "Idempotency-Key": key,
        }
        answer = await self._send(
            "POST",
            f"/templates/{uid}/batch-render",
            data={"request": json.dumps(options)},
            files={"csv": ("table", table)},
            headers=headers if key else None,
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

    async def steer(self, batch_id: str, action: str) -> None:
        """`resume`, `pause` or `retry`."""
        await self._send("POST", f"/templates/batch/{batch_id}/{action}")

    async def report(self, batch_id: str) -> bytes:
        """`report.csv`."""
        return (await self._send("GET", f"/templates/batch/{batch_id}/report.csv")).content

    async def file(self, url: str) -> bytes:
        """An artifact. By its path: the server may be reached by another name than it knows."""
        import httpx2  # not before: the commands that start a service load this module too

        return (await self._send("GET", httpx2.URL(url).raw_path.decode())).content

    async def _send(self, method: str, path: str, **options: Any) -> "httpx2.Response":
        import httpx2

        for left in reversed(range(_TRIES)):
            try:
                answer = await self._http.request(method, path, **options)
            except httpx2.TransportError as error:
                # What was sent may have been heard: only a question is asked again.
                if method != "GET" or not left:
                    raise RefusedError(
                        f"{self._http.base_url} was not reached ({error}): check --server, and "
                        "that the service runs there"
                    ) from error
                await asyncio.sleep(_PAUSE)
                continue
            wait = _asked_pause(answer.headers.get("retry-after", ""))
            if answer.status_code not in {429, 503} or not left or wait > _LONGEST_PAUSE:
                return _good(answer)
            await asyncio.sleep(wait)
        raise AssertionError("the last try has answered or raised")


def _asked_pause(said: str) -> float:
    """Seconds of a Retry-After; a date, which what stands before a server may say, is not kept."""
    return float(said) if said.isascii() and said.isdigit() else _PAUSE


def _good(answer: "httpx2.Response") -> "httpx2.Response":
    if not answer.is_error:
        return answer
    try:
        problem = answer.json()
        text, code = str(problem["detail"]), str(problem["code"])
    except (ValueError, KeyError, TypeError):
        text, code = f"{answer.url} answered with status {answer.status_code}: is it Platen?", ""
        raise RefusedError(text, code) from None
    fields = [one["message"] for one in problem.get("errors", []) if one["message"] not in text]
    raise RefusedError("\n  ".join([text, *fields[:20]]), code)
