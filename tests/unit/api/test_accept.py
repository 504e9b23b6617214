import pytest

from api.accept import Accept


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("image/png", True),
        ("IMAGE/PNG", True),
        ("application/pdf", True),
        ("video/mp4", True),
        ("image/*", True),
        ("application/json, image/png", False),
        ("image/png, application/json", True),
        ("image/png;q=0.5, application/json", False),
        ("text/html,application/xhtml+xml,image/avif,image/webp,*/*;q=0.8", False),
        ("image/png;q=0", False),
        ("image/png;q=rubbish", False),
        (",,;q=1,", False),
    ],
)
def test_only_an_explicit_artifact_type_in_the_first_place_asks_for_bytes(
    text: str, wants: bool
) -> None:
    assert Accept(text).wants_bytes is wants


def test_the_explicit_types_come_by_quality_then_by_order() -> None:
    header = Accept("image/webp;q=0.5, application/json, image/png, image/jpeg;q=0.9")
    assert header.explicit == ["image/png", "image/jpeg", "image/webp"]
    assert header.takes_json
