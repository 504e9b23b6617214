"""Models that more than one route speaks: the base of all, problems and pagination."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

__all__ = ["Answer", "Body", "Deleted", "OffsetPagination", "Omitted", "Pagination", "Whole"]


def _no_truth_value(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a whole number, not true or false")  # noqa: TRY004 - pydantic turns ValueError alone into a field error
    return value


Whole = Annotated[int, BeforeValidator(_no_truth_value)]
"""A whole number of a request; `true` is none, the text `"12"` is one."""

Omitted = Field(default=None, exclude_if=lambda value: value is None)
"""The default of an answer's member that is left out when there is nothing to say."""


class Body(BaseModel):
    """Base of request bodies and queries: camelCase on the wire, unknown members are ignored."""

    # Each is made ready when it is first used: together they would hold up every start.
    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, frozen=True, defer_build=True
    )


class Answer(BaseModel):
    """Base of answers: camelCase on the wire. Members may be added at any time."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        serialize_by_alias=True,
        frozen=True,
        json_schema_serialization_defaults_required=True,
        defer_build=True,
    )


class Deleted(Answer):
    """The answer of every DELETE: JSON, since clients parse it."""

    deleted: bool = True
    message: str


class Pagination(Answer):
    """Where a list by `page` and `limit` stands."""

    page: int
    limit: int
    total: int
    total_pages: int
    has_next: bool
    has_prev: bool
    next_cursor: str | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="Leads on to the rows behind these; left out when there are none.",
    )

    @classmethod
    def of(cls, page: int, limit: int, total: int, next_cursor: str | None) -> "Pagination":
        """From the page asked for (from 1), its size, the count of all rows and what follows."""
        return cls(
            page=page,
            limit=limit,
            total=total,
            total_pages=-(-total // limit),
            has_next=next_cursor is not None,
            has_prev=page > 1,
            next_cursor=next_cursor,
        )


class OffsetPagination(Answer):
    """Where a list by `limit` and `offset` stands."""

    total: int
    limit: int
    offset: int
    has_more: bool
    next_cursor: str | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="Leads on to the rows behind these; left out when there are none.",
    )

    @classmethod
    def of(cls, limit: int, offset: int, total: int, next_cursor: str | None) -> "OffsetPagination":
        """From the window asked for, the count of all rows and what follows."""
        return cls(
            total=total,
            limit=limit,
            offset=offset,
            has_more=next_cursor is not None,
            next_cursor=next_cursor,
        )
