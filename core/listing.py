"""Windows of lists: by offset, or behind the last row that somebody has seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, func, literal, or_

from core.errors import ValidationError

__all__ = ["Order", "Place", "Window", "in_window"]

_LARGEST, _LARGEST_SMALL = 2**63 - 1, 2**31 - 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in a list: what it is sorted by, and its key, which tells equals apart."""

    value: int | str
    key: int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A part of a list. `sort` names one of the list's orders; with `after` there is no offset."""

    limit: int = 20
    offset: int = 0
    sort: str = "created_us"
    descending: bool = True
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A column that a list may be sorted by; `fold`: small and capital letters are the same."""

    column: ColumnElement[Any]
    fold: bool = False


def in_window(
    query: Select[Any], window: Window, orders: Mapping[str, Order], key: ColumnElement[Any]
) -> Select[Any]:
    """The query's rows that lie in the window, in its order. Raises ValidationError for a place
    that no row of this list can have.
    """
    order = orders[window.sort]
    column = func.lower(order.column) if order.fold else order.column
    if window.after is not None:
        query = query.where(_behind(order, column, key, window))
    return query.order_by(*(one.desc() if window.descending else one.asc() for one in (column, key))
    ).limit(window.limit).offset(0 if window.after else window.offset)  # fmt: skip


def _behind(
    order: Order, column: ColumnElement[Any], key: ColumnElement[Any], window: Window
) -> ColumnElement[bool]:
    """Tuples are compared by hand: not every database can do it with an index."""
    assert window.after is not None
    _check(order.column, window.after.value)
    _check(key, window.after.key)
    value = literal(window.after.value, order.column.type)
    value = func.lower(value) if order.fold else value
    last = literal(window.after.key, key.type)
    if window.descending:
        return or_(column < value, and_(column == value, key < last))
    return or_(column > value, and_(column == value, key > last))


def _is_text(value: str) -> bool:
    return not any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in value)


def _check(column: ColumnElement[Any], value: int | str) -> None:
    """A place comes from outside, and databases are strict about what they compare."""
    largest = _LARGEST if isinstance(column.type, BigInteger) else _LARGEST_SMALL
    sound = type(value) is column.type.python_type and (
        abs(value) <= largest if isinstance(value, int) else _is_text(value)
    )
    if not sound:
        raise ValidationError.of("cursor", "cursor leads to no place of this list", "invalid")
