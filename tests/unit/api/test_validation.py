"""Findings of pydantic in our words."""

from pydantic import Field

from api.models import Body
from api.validation import validated
from core.errors import ValidationError


class Limits(Body):
    quality: float = Field(default=1, gt=0, le=100)


def _said(quality: float) -> str:
    try:
        validated(Limits, {"quality": quality})
    except ValidationError as error:
        return error.message
    return ""


def test_limits_are_told_as_people_write_them() -> None:
    assert _said(0) == "quality must be more than 0"
    assert _said(101) == "quality must be at most 100"
