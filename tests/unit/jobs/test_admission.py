import math

import pytest

from core.errors import ValidationError
from jobs.render.admission import admit
from jobs.render.settings import RenderSettings
from renderer.request import AnimationOptions, DocumentOptions, Output, PictureOptions

LIMITS = RenderSettings()


@pytest.mark.parametrize(
    "output",
    [
        PictureOptions(width=4096, height=3900, device_scale_factor=2),
        PictureOptions(width=1, height=1),
        AnimationOptions(width=2000, height=1000, duration_ms=10_000, frames_per_second=30),
        DocumentOptions(scale=2),
    ],
)
def test_what_is_just_within_the_limits_is_admitted(output: Output) -> None:
    admit(output, LIMITS)


@pytest.mark.parametrize(
    ("output", "field", "words"),
    [
        (PictureOptions(width=4097), "width", "between 1 and 4096"),
        (PictureOptions(height=100_000), "height", "between 1 and 4096"),
        (PictureOptions(width=0), "width", "between 1 and 4096"),
        (PictureOptions(width=4096, height=4096, device_scale_factor=2), "deviceScaleFactor", "64"),
        (AnimationOptions(width=2001), "width", "between 1 and 2000"),
        (AnimationOptions(width=2000, height=1001), "width", "may have 2"),
        (AnimationOptions(duration_ms=20_100, frames_per_second=15), "duration", "may have 300"),
        (PictureOptions(format="webp", width=4096, device_scale_factor=4), "width", "16383"),
        (DocumentOptions(scale=0.05), "options.scale", "between 0.1 and 2"),
    ],
)
def test_what_is_over_a_limit_is_refused_by_field_and_limit(
    output: Output, field: str, words: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        admit(output, LIMITS)
    assert [error.field for error in refused.value.fields] == [field]
    assert words in refused.value.message


@pytest.mark.parametrize("scale", [1000, 0, -1, math.nan, math.inf, 1e308])
def test_P15_a_scale_factor_outside_1_to_4_is_refused(scale: float) -> None:
    with pytest.raises(ValidationError, match="deviceScaleFactor must be between 1 and 4"):
        admit(PictureOptions(device_scale_factor=scale), LIMITS)


def test_each_limit_is_a_setting_and_stands_in_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATEN_MAX_PICTURE_SIDE", "100")
    with pytest.raises(ValidationError, match="between 1 and 100 pixels"):
        admit(PictureOptions(width=101, height=10), RenderSettings())
