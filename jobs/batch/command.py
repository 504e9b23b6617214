"""What a caller asks of a batch, as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from core.reach import Reach

__all__ = ["CsvSource", "InlineSource", "ItemOptions", "NewBatch", "OnError", "Source"]

OnError = Literal["continue", "stop"]


@dataclass(frozen=True, slots=True)
class ItemOptions:
    """What every item of a batch shares. Sizes are CSS px, None takes the layout's own.

    `layouts`: each row is rendered once in each; None is the base. `unknown_layouts` of them
    fail. `timeout` and `expires_in` are seconds.
    """

    format: str
    quality: float | None = None
    width: int | None = None
    height: int | None = None
    layouts: tuple[str | None, ...] = (None,)
    unknown_layouts: tuple[str, ...] = ()
    locale: str = "en-US"
    timezone: str = "UTC"
    now_us: int | None = None
    timeout: float | None = None
    expires_in: int | None = None
    reach: Reach = field(default_factory=Reach)
    fail_on_warnings: tuple[str, ...] = ()
    on_missing: Literal["fail", "empty"] = "fail"

    def to_json(self) -> dict[str, Any]:
        """As the batch's row keeps it."""
        return {**asdict(self), "reach": self.reach.to_json()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "ItemOptions":
        """From the batch's row, also one that an older or newer version wrote."""
        known: dict[str, Any] = {
            name: kept[name] for name in cls.__dataclass_fields__ if name in kept
        }
        for name in ("layouts", "unknown_layouts", "fail_on_warnings"):
            known[name] = tuple(known.get(name, ()))
        known["reach"] = Reach.of_json(known.get("reach"))
        return cls(**known)


@dataclass(frozen=True, slots=True)
class InlineSource:
    """Rows that came with the request: one mapping of variables each."""

    sets: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class CsvSource:
    """A table: its bytes, or the URL that has them. `mappings`: variable -> column."""

    data: bytes | None = None
    url: str | None = None
    mappings: Mapping[str, str] = field(default_factory=dict[str, str])


Source = InlineSource | CsvSource


@dataclass(frozen=True, slots=True)
class NewBatch:
    """One batch as somebody asked for it. `format` None: what the template makes.

    `version` None: the published one, pinned at acceptance. `layout`: one, the base when it is
    unknown; `layouts`: each row once in each, unknown ones fail. `labels` is the caller's
    `metadata`. `concurrency`: items at once, None for as many as there are slots.
    `priority`: among the workspace's batches, the higher the sooner. `proof`: that many rows are
    rendered first, and a yes is waited for. `stop_after_failures`: so many equal ones in a row end
    the batch. `fail_on_warnings`: codes that make an item fail. `on_missing`: whether a
    picture that does not come does. `reach`: how far its requests may go, the table's included.
    """

    template_uid: str
    source: Source
    format: str | None = None
    quality: float | None = None
    width: int | None = None
    height: int | None = None
    layout: str | None = None
    layouts: tuple[str, ...] = ()
    locale: str = "en-US"
    timezone: str = "UTC"
    now_us: int | None = None
    timeout: float | None = None
    expires_in: int | None = None
    version: int | Literal["draft"] | None = None
    concurrency: int | None = None
    webhook_url: str | None = None
    filename: str | None = None
    on_error: OnError = "continue"
    priority: int = 0
    proof: int = 0
    stop_after_failures: int | None = None
    fail_on_warnings: tuple[str, ...] = ()
    on_missing: Literal["fail", "empty"] = "fail"
    reach: Reach = field(default_factory=Reach)
    labels: Mapping[str, Any] = field(default_factory=dict[str, Any])
