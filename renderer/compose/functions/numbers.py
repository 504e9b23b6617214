"""Functions on numbers. They count in exact decimals, so that 0.1 + 0.2 is 0.3."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from renderer.compose.functions.kinds import as_list, as_number, is_array, is_nothing
from renderer.compose.functions.lists import member
from renderer.compose.functions.row import Function

__all__ = ["NUMBERS", "tidy"]

MAX_DIGITS = 30


def tidy(number: Decimal) -> int | float:
    """A decimal as what templates count with: an int when it is whole, else a float."""
    return int(number) if number == number.to_integral_value() else float(number)


def _to(number: Decimal, digits: int, rounding: str) -> int | float:
    places = max(-MAX_DIGITS, min(MAX_DIGITS, int(digits)))
    if number.adjusted() + places > MAX_DIGITS:
        return tidy(number)
    return tidy(number.quantize(Decimal(1).scaleb(-places), rounding))


_ROUNDINGS = {"common": ROUND_HALF_UP, "ceil": ROUND_CEILING, "floor": ROUND_FLOOR}


def round_(value: Any, digits: int = 0, method: str = "common") -> int | float:
    """Rounded to `digits` after the point, halves away from zero."""
    return _to(as_number(value), digits, _ROUNDINGS.get(method, ROUND_HALF_UP))


def floor(value: Any) -> int | float:
    """The whole number below."""
    return _to(as_number(value), 0, ROUND_FLOOR)


def ceil(value: Any) -> int | float:
    """The whole number above."""
    return _to(as_number(value), 0, ROUND_CEILING)


def abs_(value: Any) -> int | float:
    """Without its sign."""
    return tidy(abs(as_number(value)))


def _numbers(values: tuple[Any, ...], attribute: Any) -> list[Decimal]:
    """Of one list or of many arguments; `attribute` takes that member of each object.

    `sum(items, 'price')` gives the attribute by position: a text after a list or an object.
    """
    if len(values) == 2 and isinstance(values[1], str) and not isinstance(values[0], str):
        values, attribute = values[:1], values[1]
    single = len(values) == 1 and (is_array(values[0]) or isinstance(values[0], Mapping))
    members = as_list(values[0]) if single else values
    chosen = [item if attribute is None else member(item, attribute) for item in members]
    return [as_number(item) for item in chosen if not is_nothing(item)]


def min_(*values: Any, attribute: Any = None) -> int | float | None:
    """The smallest of a list or of the arguments; nothing of nothing."""
    return next(map(tidy, sorted(_numbers(values, attribute))), None)


def max_(*values: Any, attribute: Any = None) -> int | float | None:
    """The greatest of a list or of the arguments; nothing of nothing."""
    return next(map(tidy, sorted(_numbers(values, attribute), reverse=True)), None)


def sum_(*values: Any, attribute: Any = None, start: Any = 0) -> int | float:
    """All of a list or of the arguments together."""
    return tidy(sum(_numbers(values, attribute), as_number(start)))


def average(*values: Any, attribute: Any = None) -> int | float:
    """The mean of a list or of the arguments; 0 of nothing."""
    numbers = _numbers(values, attribute)
    return tidy(sum(numbers, Decimal(0)) / len(numbers)) if numbers else 0


NUMBERS = (
    Function("round", round_, "round(number, digits = 0)",
             "Rounded, halves away from zero", "round(2.675, 2)", "2.68"),
    Function("floor", floor, "floor(number)", "The whole number below", "floor(-1.2)", "-2"),
    Function("ceil", ceil, "ceil(number)", "The whole number above", "ceil(1.2)", "2"),
    Function("abs", abs_, "abs(number)", "Without its sign", "abs(-4.5)", "4.5"),
    Function("min", min_, "min(list, attribute?) or min(a, b, ...)",
             "The smallest", "min(3, 1, 2)", "1"),
    Function("max", max_, "max(list, attribute?) or max(a, b, ...)",
             "The greatest", "max([3, 1, 2])", "3"),
    Function("sum", sum_, "sum(list, attribute?) or sum(a, b, ...)",
             "All together", "sum([{'p': 0.1}, {'p': 0.2}], 'p')", "0.3"),
    Function("average", average, "average(list, attribute?) or average(a, b, ...)",
             "The mean", "average([1, 2, 6])", "3"),
)  # fmt: skip
