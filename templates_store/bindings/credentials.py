"""What opens a source: sealed while it is kept, put into a request, and never shown again."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from core.sealing import Sealing

__all__ = ["HIDDEN", "Secrets", "is_secret_header"]

HIDDEN = "[hidden]"
"""Stands for a sealed header's value in answers; sent back, it means the value that is there."""

_SECRET_NAME = re.compile(r"auth|cookie|key|token|secret|passw|session|signature", re.IGNORECASE)
_SHORTEST_REDACTED = 4


@dataclass(frozen=True, slots=True)
class Secrets:
    """Credentials in their normal form (`type` and what that needs), and headers like them."""

    credentials: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def sealed(self, sealing: Sealing, uid: str) -> str | None:
        """As a row keeps it; None when there is nothing. Raises SealingUnavailableError."""
        if not (self.credentials or self.headers):
            return None
        text = json.dumps({"credentials": dict(self.credentials), "headers": dict(self.headers)})
        return sealing.seal(text, uid)

    @classmethod
    def opened(cls, sealing: Sealing, uid: str, sealed: str | None) -> "Secrets":
        """From a row. Raises SealedTextError, SealingUnavailableError."""
        if sealed is None:
            return cls()
        kept: dict[str, Any] = json.loads(sealing.open(sealed, uid))
        return cls(kept["credentials"], kept["headers"])

    def applied(self, url: str, headers: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """URL and headers of a request that holds them."""
        sent = {**headers, **self.headers}
        given = self.credentials
        match given.get("type"):
            case "api_key" if given["in"] == "query":
                url = _with_parameter(url, given["name"], given["value"])
            case "api_key" | "custom_header":
                sent[given["name"]] = given["value"]
            case "bearer_token":
                sent["Authorization"] = f"Bearer {given['token']}"
            case "basic_auth":
                pair = f"{given['username']}:{given['password']}".encode()
                sent["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
            case _:
                pass
        return url, sent

    def redacted(self, text: str) -> str:
        """The text without any of them, however it may have come there."""
        for value in sorted(self._values(), key=len, reverse=True):
            for form in (value, quote(value), quote(value, safe=""), quote_plus(value)):
                text = text.replace(form, "…")
        return text

    def _values(self) -> Iterable[str]:
        hidden = ("value", "token", "password")
        given = [self.credentials[name] for name in hidden if name in self.credentials]
        return (one for one in (*given, *self.headers.values()) if len(one) >= _SHORTEST_REDACTED)


def is_secret_header(name: str) -> bool:
    """Whether a header of that name usually holds what nobody else may know."""
    return _SECRET_NAME.search(name) is not None


def _with_parameter(url: str, name: str, value: str) -> str:
    whole, hash_, fragment = url.partition("#")
    joined = "&" if "?" in whole else "?"
    return f"{whole}{joined}{urlencode({name: value})}{hash_}{fragment}"
