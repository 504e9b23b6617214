"""What every list takes and tells, in one place: pages, cursors, orders, chosen members.

A list's query is a subclass of Listing that says how it may be sorted; the handler asks for
`query.window()` and answers with `query.turned(...)`.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, TypeVar, get_args, get_origin

from pydantic import (
    BaseModel,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema

from api.models import Body, OffsetPagination, Pagination, Whole
from core.errors import ValidationError
from core.listing import Place, Window

__all__ = [
    "Listing",
    "OffsetListing",
    "PageListing",
    "check_fields",
    "chosen_members",
    "entry_models",
]

_DIGEST = 8
_MOST_CHARACTERS = 2000
_MOST_ROWS = 10**12
_WORDS = {"newest": ("createdAt", True), "oldest": ("createdAt", False)}
RowT = TypeVar("RowT")


class Listing(Body):
    """Members of every list's query.

    `sorts`: names on the wire -> attributes of the rows; the first is the default. `rising`: those
    that go up unless `sortOrder` says otherwise. `key` is the attribute that is the rows' id.
    """

    sorts: ClassVar[Mapping[str, str]] = {"createdAt": "created_us"}
    rising: ClassVar[frozenset[str]] = frozenset({"name", "index"})
    key: ClassVar[str] = "id"

    limit: Whole = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(
        default=None,
        min_length=1,
        max_length=_MOST_CHARACTERS,
        description="`pagination.nextCursor` of an earlier answer: the rows behind it, in its "
        "order, whatever was added meanwhile.",
    )
    fields: str | None = Field(
        default=None,
        max_length=1000,
        description="Members that the entries shall have, separated by commas; else all.",
    )
    sort: str | None = Field(default=None, description="Newest first unless it says otherwise.")
    sort_by: str | None = Field(default=None, description="Stands before `sort`.")
    sort_order: Literal["asc", "desc"] | None = Field(
        default=None, description="With `sortBy`; times go down and names go up without it."
    )

    @classmethod
    def orders(cls) -> dict[str, list[str]]:
        """What `sort` and `sortBy` may say."""
        words = list(_WORDS) if "createdAt" in cls.sorts else []
        return {"sort": [*words, *cls.sorts], "sort_by": list(cls.sorts)}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The orders of this list, for the OpenAPI document."""
        told = handler(core_schema)
        members = handler.resolve_ref_schema(told)["properties"]
        for name, words in cls.orders().items():
            members[to_camel(name)]["anyOf"][0]["enum"] = words
        return told

    @field_validator("sort", "sort_by")
    @classmethod
    def _known(cls, value: str | None, info: ValidationInfo) -> str | None:
        words = cls.orders()[info.field_name or ""]
        if value is not None and value not in words:
            raise ValueError(f"must be one of {', '.join(map(repr, words))}")
        return value

    @model_validator(mode="after")
    def _of_one_mind(self) -> "Listing":
        if self.cursor is not None:
            others = {"page", "offset"} & self.model_fields_set
            if others:
                name = min(others)
                text = f"cursor says where to go on, and {name} does too: leave one out"
                raise ValidationError.of("cursor", text, "contradiction")
            self._place()
        return self

    @property
    def chosen(self) -> tuple[str, ...]:
        """The members that `fields` names; none: all."""
        return tuple(name.strip() for name in (self.fields or "").split(",") if name.strip())

    @property
    def start(self) -> int:
        """The first row's place, from 0, without a cursor."""
        raise NotImplementedError

    @property
    def order(self) -> tuple[str, bool]:
        """What the list is sorted by, as the wire calls it, and whether it goes down."""
        asked = self.sort_by or self.sort
        if asked is None and self.cursor and self.sort_order is None:
            _, name, descending, *_ = _told(self.cursor)
            return name, descending
        if asked in _WORDS:
            return _WORDS[asked]
        name = asked or next(iter(self.sorts))
        return name, self.sort_order == "desc" if self.sort_order else name not in self.rising

    def window(self) -> Window:
        """What to ask the list's owner for: one row more, which tells whether there are any."""
        name, descending = self.order
        place, _ = self._place() if self.cursor else (None, 0)
        return Window(
            limit=self.limit + 1,
            offset=self.start,
            sort=self.sorts[name],
            descending=descending,
            after=place,
        )

    def seen(self) -> int:
        """How many rows lie before the window."""
        return self._place()[1] if self.cursor else self.start

    def next_cursor(self, rows: Sequence[Any]) -> str | None:
        """Where the next window begins; None when these rows are the last."""
        if len(rows) <= self.limit:
            return None
        name, descending = self.order
        last = rows[self.limit - 1]
        place = [getattr(last, self.sorts[name]), getattr(last, self.key)]
        return _packed([type(self).__name__, name, descending, *place, self.seen() + self.limit])

    def _place(self) -> tuple[Place, int]:
        told = _told(self.cursor or "")
        if told[0] != type(self).__name__ or told[1] not in self.sorts:
            raise _strange()
        if (told[1], told[2]) != self.order:
            text = "cursor goes on in another order than sort asks for: leave sort out"
            raise ValidationError.of("cursor", text, "contradiction")
        return Place(told[3], told[4]), told[5]


class PageListing(Listing):
    """A list by `page` and `limit`."""

    page: Whole = Field(default=1, ge=1, le=1_000_000)

    @property
    def start(self) -> int:
        """The first row's place, from 0."""
        return (self.page - 1) * self.limit

    def turned(self, rows: Sequence[RowT], total: int) -> tuple[list[RowT], Pagination]:
        """The rows of the window, and where it stands."""
        cursor = self.next_cursor(rows)
        page = self.seen() // self.limit + 1
        return list(rows[: self.limit]), Pagination.of(page, self.limit, total, cursor)


class OffsetListing(Listing):
    """A list by `limit` and `offset`."""

    limit: Whole = Field(default=30, ge=1, le=100)
    offset: Whole = Field(default=0, ge=0, le=10_000_000)
    page: Whole | None = Field(
        default=None, ge=1, le=100_000, description="The page of `limit` rows, instead of `offset`."
    )

    @property
    def start(self) -> int:
        """The first row's place, from 0."""
        return self.offset if self.page is None else (self.page - 1) * self.limit

    def turned(self, rows: Sequence[RowT], total: int) -> tuple[list[RowT], OffsetPagination]:
        """The rows of the window, and where it stands."""
        cursor = self.next_cursor(rows)
        return list(rows[: self.limit]), OffsetPagination.of(self.limit, self.seen(), total, cursor)


def entry_models(answer: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The answer's lists of objects: member on the wire -> the model of its entries."""
    found: dict[str, type[BaseModel]] = {}
    for name, field in answer.model_fields.items():
        kind = get_args(field.annotation)[:1] if get_origin(field.annotation) is list else ()
        if kind and isinstance(kind[0], type) and issubclass(kind[0], BaseModel):
            found[field.alias or name] = kind[0]
    return found


def chosen_members(answer: BaseModel, names: Sequence[str]) -> bytes:
    """The answer as JSON, its entries with those members alone."""
    told = answer.model_dump(mode="json", by_alias=True)
    for member in entry_models(type(answer)):
        entries: list[dict[str, Any]] = told[member]
        told[member] = [{name: one[name] for name in names if name in one} for one in entries]
    return json.dumps(told, ensure_ascii=False).encode()


def check_fields(names: Sequence[str], answer: type[BaseModel]) -> None:
    """Raises ValidationError for a name that no entry of that answer's lists has."""
    entries = entry_models(answer).values()
    known = {field.alias or name for one in entries for name, field in one.model_fields.items()}
    wrong = [name for name in names if name not in known]
    if wrong:
        text = f"fields names {wrong[0][:40]!r}, and entries have {', '.join(sorted(known))}"
        raise ValidationError.of("fields", text, "not_allowed")


def _packed(told: list[Any]) -> str:
    data = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_digest(data) + data).decode().rstrip("=")


def _digest(data: bytes) -> bytes:
    """Against slips, not against malice: a cursor opens nothing, every query has its workspace."""
    return hashlib.sha256(data).digest()[:_DIGEST]


def _told(cursor: str) -> tuple[str, str, bool, Any, Any, int]:
    """List, order, whether it goes down, the last row's value and key, rows before."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        data = packed[_DIGEST:]
        if _digest(data) != packed[:_DIGEST]:
            raise _strange()
        name, sort, descending, value, key, seen = json.loads(data)
    except (ValueError, TypeError, RecursionError):
        raise _strange() from None
    counts = type(seen) is int and 0 <= seen <= _MOST_ROWS
    if not counts or not isinstance(descending, bool):
        raise _strange()
    return str(name), str(sort), descending, value, key, seen


def _strange() -> ValidationError:
    text = "cursor is none of this list: take pagination.nextCursor of an answer as it is"
    return ValidationError.of("cursor", text, "invalid")
