"""JSON bodies, read so that there is one way to understand them."""

import json
import math
import re
from collections.abc import Sequence
from typing import Any, Never

from api.errors import MalformedJsonError
from core.errors import FieldError
from renderer.compose.errors import InvalidUnicodeError

__all__ = ["parse_json"]

_SURROGATE = re.compile(rb"\\u[dD][89A-Fa-f]")


def parse_json(raw: bytes, *, max_depth: int) -> Any:
    """The value of a JSON text in UTF-8 (a byte order mark is allowed).

    Refused, with the place in `errors`: members that are there twice, numbers that are not
    finite, nesting over `max_depth`. Raises MalformedJsonError, InvalidUnicodeError.
    """
    try:
        value = json.loads(_text(raw), object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise _malformed(error) from None
    except (RecursionError, ValueError) as error:
        # The decoder's own bounds: nesting of about a thousand, integers of 4300 digits.
        raise MalformedJsonError(
            "The body is nested too deeply or holds a number with thousands of digits: flatten it"
        ) from error
    _walk(value, max_depth)
    if _SURROGATE.search(raw):
        _refuse_surrogates(value)
    return value


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = f"The body is not UTF-8 (byte {error.start}): encode it as UTF-8"
        raise MalformedJsonError(text) from None


def _malformed(error: json.JSONDecodeError) -> MalformedJsonError:
    what = f"{error.msg[:1].lower()}{error.msg[1:]}"
    text = f"The body is not valid JSON: {what} at line {error.lineno}, column {error.colno}"
    field = FieldError("", text, "malformed_json")
    return MalformedJsonError(text, fields=[field], line=error.lineno, column=error.colno)


class _Twice(dict[str, Any]):
    """An object in which a member was there twice; `name` is the first such."""

    name = ""


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    twice, seen = _Twice(value), set[str]()
    for name, _ in pairs:
        if name in seen:
            twice.name = name
            break
        seen.add(name)
    return twice


def _walk(value: Any, max_depth: int) -> None:
    """Look at every container once, without recursion: the nesting is the caller's."""
    open_ = [("", value, 1)]
    while open_:
        path, item, depth = open_.pop()
        if isinstance(item, dict):
            if isinstance(item, _Twice):
                _refuse_twice(_join(path, item.name))
            children = item.items()
        elif isinstance(item, list):
            children = enumerate(item)
        else:
            _refuse_infinite(path, item)
            continue
        if depth > max_depth:
            _refuse_deep(path, max_depth)
        for name, child in children:
            # Texts are most of any body and have nothing to be looked at.
            if type(child) is not str:
                open_.append((_join(path, name), child, depth + 1))


def _join(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)


def _refuse_twice(path: str) -> Never:
    text = f"'{path}' is there twice: send it once"
    raise MalformedJsonError(text, fields=[FieldError(path, text, "duplicate_key")])


def _refuse_deep(path: str, max_depth: int) -> Never:
    text = f"the body is nested deeper than {max_depth} levels (PLATEN_MAX_JSON_DEPTH): flatten it"
    raise MalformedJsonError(text, fields=[FieldError(path[:200], text, "too_deep")])


def _refuse_infinite(path: str, item: object) -> None:
    if isinstance(item, float) and not math.isfinite(item):
        text = f"'{path}' is not a finite number: JSON has no NaN and no Infinity"
        raise MalformedJsonError(text, fields=[FieldError(path, text, "not_finite")])


def _refuse_surrogates(value: Any) -> None:
    open_ = [("", value)]
    while open_:
        path, item = open_.pop()
        if isinstance(item, str):
            _refuse_surrogate(path, item)
        elif isinstance(item, dict):
            for name, child in item.items():
                _refuse_surrogate(path, name)
                open_.append((_join(path, name), child))
        elif isinstance(item, list):
            open_ += [(_join(path, index), child) for index, child in enumerate(item)]


def _refuse_surrogate(path: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        said = f"'{path}' holds half of a surrogate pair: send whole characters"
        field = FieldError(path, said, "invalid_unicode")
        raise InvalidUnicodeError(said, fields=[field]) from None
