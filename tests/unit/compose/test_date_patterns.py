"""Date patterns of four houses: each is read as its own, and what none of them means is an error."""

import pytest

from renderer.compose.functions.formats import date, time
from renderer.compose.functions.patterns import pattern_of

DAY = "2026-11-02T18:05:09Z"


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        # PHP
        ("F j, Y", "November 2, 2026"),
        ("l, jS F Y", "Monday, 2 November 2026"),
        ("D, d M Y", "Mon, 02 Nov 2026"),
        ("d M Y", "02 Nov 2026"),
        ("d/m/Y", "02/11/2026"),
        ("d.m.y", "02.11.26"),
        ("Y-m-d", "2026-11-02"),
        ("Y-m-d H:i:s", "2026-11-02 18:05:09"),
        ("n/j/Y g:i A", "11/2/2026 6:05 PM"),
        ("m/Y", "11/2026"),
        ("F Y", "November 2026"),
        (r"j \d\e F", "2 de November"),
        # moment.js and Unicode, as they are
        ("D.M.YYYY", "2.11.2026"),
        ("D.M.Y", "2.11.2026"),
        ("MMMM Do, YYYY", "November 2, 2026"),
        ("MMMM D, YYYY [at] HH:mm", "November 2, 2026 at 18:05"),
        ("YYYY-MM-DDTHH:mm", "2026-11-02T18:05"),
        ("d. MMMM y", "2. November 2026"),
        ("d MMM yyyy", "2 Nov 2026"),
        ("EEEE, d MMMM 'of' yyyy", "Monday, 2 November of 2026"),
        ("d.M. H:m", "2.11. 18:5"),
        ("h:mm a", "6:05 PM"),
        # C
        ("%F %T", "2026-11-02 18:05:09"),
        ("%A, %-d %B %Y at %l:%M %p", "Monday, 2 November 2026 at 6:05 PM"),
    ],
)
def test_a_pattern_means_what_it_means_where_it_comes_from(pattern: str, shown: str) -> None:
    assert date(DAY, pattern, locale="en-US").replace("\u202f", " ") == shown


@pytest.mark.parametrize(("pattern", "shown"), [("H:i", "18:05"), ("g:i a", "6:05 PM")])
def test_times_too(pattern: str, shown: str) -> None:
    assert time(DAY, pattern, locale="en-US").replace("\u202f", " ") == shown


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ("foo", "'f'"),
        ("jj. MMMM", "'jj'"),
        ("HH:mm Uhr", "'U'"),
        ("%Q", "'%Q'"),
        ("dd.nn.yyyy", "'nn'"),
    ],
)
def test_letters_that_mean_nothing_are_named_with_the_right_forms(pattern: str, named: str) -> None:
    with pytest.raises(ValueError, match="means nothing") as wrong:
        pattern_of(pattern)
    assert named in str(wrong.value)
    assert "'d MMMM yyyy'" in str(wrong.value)
