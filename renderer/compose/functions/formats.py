"""Numbers, money, dates and times as people of a locale write them, by Unicode's CLDR."""

from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from babel import Locale
from babel import numbers as babel_numbers
from babel.dates import format_date, format_datetime, format_time

from renderer.compose.functions.kinds import as_number, is_missing, is_nothing
from renderer.compose.functions.moments import moment_of
from renderer.compose.functions.patterns import pattern_of
from renderer.compose.functions.row import Function
from renderer.compose.surroundings import CURRENT, locale_of, zone_of

__all__ = ["FORMATS"]

NAMED = ("short", "medium", "long", "full")
MAX_DIGITS = 20


def _locale(name: Any) -> Locale:
    return CURRENT.get().locale if is_missing(name) or name == "" else locale_of(str(name))


def _fraction(digits: Any) -> str:
    return "." + "0" * max(0, min(MAX_DIGITS, int(digits))) if int(digits) > 0 else ""


def _rounded(formatted: Callable[..., str], number: Decimal, *shape: Any, **options: Any) -> str:
    """Formatted with halves rounded up, as people and browsers do."""
    with localcontext() as context:
        context.rounding = ROUND_HALF_UP
        return formatted(number, *shape, **options)


def currency(value: Any, code: str = "USD", digits: Any = None, locale: Any = None) -> str:
    """Money in a currency's own number of decimals, or in `digits` of them.

    The third argument may also be the locale: `currency(9.5, 'EUR', 'de')`.
    """
    if is_nothing(value) or value == "":
        return ""
    if isinstance(digits, str) and not digits.isdigit():
        digits, locale = None, digits
    where, unit = _locale(locale), str(code).upper()
    if digits is None:
        return _rounded(babel_numbers.format_currency, as_number(value), unit, locale=where)
    pattern = str(where.currency_formats["standard"].pattern)
    head, _, tail = pattern.partition("0.00")
    shape = f"{head}0{_fraction(digits)}{tail}"
    return _rounded(
        babel_numbers.format_currency,
        as_number(value),
        unit,
        shape,
        locale=where,
        currency_digits=False,
    )


def number(value: Any, digits: Any = None, locale: Any = None) -> str:
    """A number with the locale's separators; `digits` after the point, else as many as it has.

    The second argument may also be the locale: `number(1234.5, 'de')`.
    """
    if is_nothing(value) or value == "":
        return ""
    if isinstance(digits, str) and not digits.isdigit():
        digits, locale = None, digits
    pattern = "#,##0.###" if digits is None else "#,##0" + _fraction(digits)
    return _rounded(babel_numbers.format_decimal, as_number(value), pattern, locale=_locale(locale))


def percent(value: Any, digits: Any = 0, locale: Any = None) -> str:
    """A share as a percentage: 0.256 is 26%."""
    if is_nothing(value) or value == "":
        return ""
    where = _locale(locale)
    pattern = str(where.percent_formats[None].pattern).replace("#,##0", "#,##0" + _fraction(digits))
    return _rounded(babel_numbers.format_percent, as_number(value), pattern, locale=where)


def _moment(value: Any, timezone: Any) -> datetime:
    moment = moment_of(value)
    return moment if is_missing(timezone) else moment.astimezone(zone_of(str(timezone)))


def date(value: Any, format: str = "medium", timezone: Any = None, locale: Any = None) -> str:  # noqa: A002 - the name is part of the language
    """A date in a named style (short, medium, long, full) or by a pattern."""
    if is_nothing(value) or value == "":
        return ""
    moment, where = _moment(value, timezone), _locale(locale)
    if format in NAMED:
        return format_date(moment, format, locale=where)  # type: ignore[arg-type] - one of NAMED
    return format_datetime(moment, pattern_of(str(format)), tzinfo=moment.tzinfo, locale=where)


def time(value: Any, format: str = "short", timezone: Any = None, locale: Any = None) -> str:  # noqa: A002 - the name is part of the language
    """A time of day in a named style or by a pattern."""
    if is_nothing(value) or value == "":
        return ""
    moment, where = _moment(value, timezone), _locale(locale)
    chosen = format if format in NAMED else pattern_of(str(format))
    return format_time(moment, chosen, tzinfo=moment.tzinfo, locale=where)


def now(timezone: Any = None) -> datetime:
    """The moment of the render, an input of it: the same input gives the same bytes."""
    return _moment(CURRENT.get().now, timezone)


FORMATS = (
    Function("currency", currency, "currency(number, code = 'USD', digits?, locale?)",
             "Money, with the currency's own decimals unless `digits` says otherwise",
             "currency(1234.5, 'USD')", "$1,234.50"),
    Function("number", number, "number(number, digits?, locale?)",
             "Thousands and decimals as the locale writes them", "number(1234567.891, 1)",
             "1,234,567.9"),
    Function("percent", percent, "percent(share, digits = 0, locale?)",
             "A share of 1 as a percentage", "percent(0.256, 1)", "25.6%"),
    Function("date", date, "date(value, format = 'medium', timezone?, locale?)",
             "`short`, `medium`, `long`, `full` or a pattern such as `d MMMM yyyy`, "
             "`DD/MM/YYYY`, `%d.%m.%Y`, `F j, Y`",
             "date('2026-11-22', 'long')", "November 22, 2026"),
    Function("time", time, "time(value, format = 'short', timezone?, locale?)",
             "`short`, `medium` or a pattern such as `HH:mm`",
             "time('2026-11-22T18:05:00Z', 'HH:mm')", "18:05"),
    Function("now", now, "now(timezone?)", "The moment of the render, for `date` and `time`",
             "now() | date('yyyy')", "2026"),
)  # fmt: skip
