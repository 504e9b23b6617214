import time

import pytest

from jobs.render.script_mention import mentions_scripts


@pytest.mark.parametrize(
    "html",
    [
        "<script>1</script>",
        "<SCRIPT src=x>",
        "<img src=x onerror=alert(1)>",
        "<img src='x'onerror = 'alert(1)'>",
        "<svg/onload=alert(1)>",
        "<a href='javascript:x()'>",
    ],
)
def test_a_page_that_can_run_code_is_never_missed(html: str) -> None:
    assert mentions_scripts(html)


@pytest.mark.parametrize(
    "html",
    ["", "<p>plain</p>", "<style>a{content:'x'}</style>", "<a href='/?one=1&once=2'>", "<b>on = x"],
)
def test_a_page_without_code_is_drawn_without(html: str) -> None:
    assert not mentions_scripts(html)


@pytest.mark.parametrize("piece", ["<a ", " on", " onload ", "<", "<!--", "{{", "onx"])
def test_a_hostile_page_costs_one_pass(piece: str) -> None:
    began = time.perf_counter()
    mentions_scripts(piece * (2_000_000 // len(piece)))
    assert time.perf_counter() - began < 2
