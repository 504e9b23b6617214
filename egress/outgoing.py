"""A request of ours before it is sent, and what it becomes at a redirect."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from egress.decode import ACCEPT_ENCODING
from egress.models import Fetched
from egress.target import Target

__all__ = ["Outgoing"]

_REDIRECTS = {301, 302, 303, 307, 308}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_OURS = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding"}
_FOR_EVERY_ORIGIN = {"accept", "accept-language", "user-agent"}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Method, target, the caller's headers (lower-case names) and content."""

    method: str
    target: Target
    headers: Mapping[str, str]
    content: bytes | None

    @classmethod
    def of(
        cls, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> "Outgoing":
        """Reads the URL, strictly; headers that frame the message are ours and are dropped."""
        kept = {name.lower(): value for name, value in headers.items()}
        for name in _OURS:
            kept.pop(name, None)
        return cls(method.upper(), Target.of_url(url), {"user-agent": "Platen", **kept}, content)

    def fields(self) -> list[tuple[str, str]]:
        """The header fields as they are sent; `Host` comes first."""
        fields = [("host", self.target.authority), ("accept-encoding", ACCEPT_ENCODING)]
        fields += self.headers.items()
        if self.content is not None or self.method in {"POST", "PUT", "PATCH"}:
            fields.append(("content-length", str(len(self.content or b""))))
        return fields

    def following(self, answer: Fetched) -> "Outgoing | None":
        """Where this answer sends us; None when it is the last one."""
        location = answer.headers.get("location", "")
        if answer.status not in _REDIRECTS or not location:
            return None
        return self.redirected(answer.status, location)

    def redirected(self, status: int, location: str) -> "Outgoing":
        """The next request, by the Fetch standard; another origin never sees what was secret."""
        target = Target.of_url(_joined(self.target.url, location))
        following = replace(self, target=target)
        if status == 303 or (status in {301, 302} and self.method == "POST"):
            method = "HEAD" if self.method == "HEAD" else "GET"
            kept = {k: v for k, v in self.headers.items() if not k.startswith("content-")}
            following = replace(following, method=method, content=None, headers=kept)
        if (target.scheme, target.host, target.port) != self._origin():
            kept = {k: v for k, v in following.headers.items() if k in _FOR_EVERY_ORIGIN}
            following = replace(following, headers=kept)
        return following

    def _origin(self) -> tuple[str, str, int]:
        return self.target.scheme, self.target.host, self.target.port


def _joined(base: str, location: str) -> str:
    # What has a scheme is read as it stands: joining would repair `http:/private/`.
    if _SCHEME.match(location):
        return location
    try:
        return urljoin(base, location)
    except ValueError:
        return location  # it leads nowhere, and is refused as what it is
