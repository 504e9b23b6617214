"""What an `Accept` header says about bytes (RFC 9110, section 12.5.1)."""

from dataclasses import dataclass

__all__ = ["Accept"]

_MOST = 50
"""Ranges that are looked at; no honest client sends more."""


@dataclass(frozen=True, slots=True)
class Accept:
    """The header's media ranges, best first."""

    text: str

    @property
    def ranges(self) -> list[str]:
        """Media ranges by falling quality, equal ones in their order; `q=0` is left out."""
        parsed = [_range(part) for part in self.text.split(",")[:_MOST] if part.strip()]
        wanted = [one for one in parsed if one[1] > 0]
        return [name for name, _ in sorted(wanted, key=lambda one: -one[1])]

    @property
    def explicit(self) -> list[str]:
        """The ranges that name pictures, videos or PDF."""
        return [name for name in self.ranges if _is_artifact(name)]

    @property
    def wants_bytes(self) -> bool:
        """Whether the best range names an artifact's type; `*/*` does not."""
        return bool(self.ranges) and _is_artifact(self.ranges[0])

    @property
    def takes_json(self) -> bool:
        """Whether JSON will do as well."""
        return any(name in {"*/*", "application/*", "application/json"} for name in self.ranges)


def _is_artifact(name: str) -> bool:
    return name.startswith(("image/", "video/")) or name == "application/pdf"


def _range(part: str) -> tuple[str, float]:
    name, *parameters = part.split(";")
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q":
            quality = _number(value)
    return name.strip().lower(), quality


def _number(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0
