"""One workspace of a soak run."""

from dataclasses import dataclass
from typing import Any

import httpx2

from bench.soak.kind import Ask

__all__ = ["Tenant"]


@dataclass(frozen=True, slots=True)
class Tenant:
    """A client with the workspace's key, and the ids of its templates by their names."""

    http: httpx2.AsyncClient
    templates: dict[str, str]

    async def send(self, ask: Ask) -> httpx2.Response:
        """Send the request, with `{name}` of templates put in."""
        body: dict[str, Any] = dict(ask.body)
        if uid := body.get("templateUid"):
            body["templateUid"] = uid.format_map(self.templates)
        path = ask.path.format_map(self.templates)
        return await self.http.post(path, json=body, headers={"Accept": ask.accept})
