"""Findings of pydantic in our words."""

import pytest
from pydantic import Field

from api.batch_models import BatchBody
from api.document_models import MultiPageBody, PdfBody
from api.image_models import ImageBody
from api.models import Body
from api.validation import validated
from api.webhook_models import CreateSubscription
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


@pytest.mark.parametrize(
    ("model", "member"),
    [
        (ImageBody, "template"),
        (PdfBody, "templateUid"),
        (MultiPageBody, "templateUid"),
        (BatchBody, "assetId"),
        (BatchBody, "filename"),
        (CreateSubscription, "platform"),
    ],
)
def test_what_goes_into_the_database_holds_no_nul(model: type[Body], member: str) -> None:
    with pytest.raises(ValidationError, match="U\\+0000") as caught:
        validated(model, {"targetUrl": "", "variableSets": [{}], member: "a\0b"})
    assert [field.field for field in caught.value.fields] == [member]


@pytest.mark.parametrize(
    ("now", "sound"),
    [
        ("1000-01-01T00:00:00Z", True),
        ("9998-12-31T23:59:59Z", True),
        ("0001-01-01T00:00:00+14:00", False),
        ("0999-12-31T23:59:59Z", False),
        ("9999-12-31T23:59:59-14:00", False),
    ],
)
def test_a_moment_lies_in_years_that_every_clock_can_show(now: str, sound: bool) -> None:
    if sound:
        assert validated(ImageBody, {"now": now}).now == now
        return
    with pytest.raises(ValidationError, match="years 1000 to 9998"):
        validated(ImageBody, {"now": now})
