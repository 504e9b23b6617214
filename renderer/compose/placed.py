"""What went wrong at a known place of a source; the cause says what."""

__all__ = ["PlacedError"]


class PlacedError(Exception):
    """`place` is a packed line and column (`compose.places`); `__cause__` is the error itself.

    `partial` names the partial in which the place is, "" for the template's own source.
    """

    def __init__(self, place: int, partial: str = "") -> None:
        super().__init__(place)
        self.place = place
        self.partial = partial
