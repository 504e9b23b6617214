"""What a variable without a value is: nothing that prints, or an error where that is asked for."""

from typing import Any, NoReturn

from jinja2 import ChainableUndefined, StrictUndefined

__all__ = ["Missing", "StrictMissing"]


class Missing(ChainableUndefined):
    """Prints nothing, has every member (missing too), and leaves sums without a value.

    Added to a text it leaves the text; compared, it is less, greater and like nothing but null.
    """

    __slots__ = ()

    def _nothing(self, *_: Any) -> Any:
        return self

    def _beside(self, other: Any) -> Any:
        return other if isinstance(other, str) else self

    def _never(self, _: Any) -> bool:
        return False

    __add__ = __radd__ = _beside
    __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _nothing
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = _nothing
    __neg__ = __pos__ = _nothing
    __lt__ = __le__ = __gt__ = __ge__ = _never

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Missing)

    def __hash__(self) -> int:
        return hash(None)

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """Nothing cannot be called; raises UndefinedError."""
        self._fail_with_undefined_error()


class StrictMissing(StrictUndefined):
    """An error as soon as anything but `default`, `coalesce` or a question reads it."""

    __slots__ = ()
