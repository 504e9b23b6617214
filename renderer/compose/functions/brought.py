"""Names that authors bring along: helpers and filters that others have, told by ours.

For Jinja those of Flask and Babel, for Handlebars those of SendGrid's dynamic templates and of the
usual collections of helpers.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from markupsafe import Markup, escape

from renderer.compose.functions.formats import currency, date, number, percent, time
from renderer.compose.functions.kinds import as_number, is_empty, text_of
from renderer.compose.functions.numbers import round_
from renderer.compose.functions.text import TEXT

__all__ = ["BROUGHT_FILTERS", "BROUGHT_HELPERS", "strftime_of"]

_TEXT = {row.name: row.call for row in TEXT}
_MOST_DIGITS = 30


def strftime_of(text: str) -> Callable[[str], str]:
    """`order.date.strftime('%d %B')`: dates come as texts here, as objects where it was written."""
    return partial(date, text)


def _nl2br(value: Any) -> Markup:
    """Line ends as `<br>`, all else escaped."""
    return Markup("<br>\n").join(escape(line) for line in text_of(value).splitlines())


def _to_fixed(value: Any, digits: Any = 0) -> str:
    """So many digits after the point, without thousands."""
    places = max(0, min(_MOST_DIGITS, int(as_number(digits))))
    return f"{as_number(round_(value, places)):.{places}f}"


def _insert(value: Any, otherwise: Any = "") -> Any:
    """`{{insert name "default=friend"}}`."""
    return text_of(otherwise).removeprefix("default=") if is_empty(value) or value == "" else value


def _next(value: Any) -> Any:
    return int(as_number(value)) + 1


BROUGHT_FILTERS: Mapping[str, Callable[..., Any]] = {
    "nl2br": _nl2br,
    "strftime": date,
    "dateformat": date,
    "datetimeformat": date,
    "format_date": date,
    "format_datetime": date,
    "format_time": time,
    "format_currency": currency,
    "format_number": number,
    "format_decimal": number,
    "format_percent": percent,
}

BROUGHT_HELPERS: Mapping[str, Callable[..., Any]] = {
    "formatDate": date,
    "formatTime": time,
    "formatCurrency": currency,
    "formatNumber": number,
    "formatPercent": percent,
    "toFixed": _to_fixed,
    "upper": _TEXT["uppercase"],
    "lower": _TEXT["lowercase"],
    "toUpperCase": _TEXT["uppercase"],
    "toLowerCase": _TEXT["lowercase"],
    "inc": _next,
    "insert": _insert,
}
