"""Every function as a call and as a filter, and what each does at its edges."""

import re

import pytest
from markupsafe import Markup

from renderer.compose.functions.row import Function
from renderer.compose.functions.table import FUNCTIONS

PROMISED = [
    "length",
    "isEmpty",
    "isNotEmpty",
    "isDefined",
    "isUndefined",
    "isArray",
    "isString",
    "isNumber",
    "isBoolean",
    "isObject",
    "contains",
    "first",
    "last",
    "indexOf",
    "join",
    "slice",
    "lowercase",
    "uppercase",
    "capitalize",
    "titleCase",
    "trim",
    "truncate",
    "padStart",
    "padEnd",
    "replace",
    "split",
    "startsWith",
    "endsWith",
    "round",
    "floor",
    "ceil",
    "abs",
    "min",
    "max",
    "sum",
    "average",
    "currency",
    "number",
    "percent",
    "date",
    "time",
    "default",
    "coalesce",
    "json",
    "parseJson",
    "now",
    "qr",
    "barcode",
    "fit",
]


def test_every_promised_function_exists():
    assert set(PROMISED) <= set(FUNCTIONS)


@pytest.mark.parametrize("row", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_example_of_the_table_prints_what_the_table_says(show, row: Function):
    assert show("{{ " + row.example + " }}") == row.result


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_is_a_call_and_a_filter(show, name: str):
    if name == "now":  # it has nothing to filter
        return
    data = {"v": [3, 1]} if name in {"min", "max", "sum", "average"} else {"v": "12"}
    argument = {"contains": "1", "indexOf": "1", "replace": "'1', '2'", "split": "','"}
    more = {"padStart": "5", "padEnd": "5", "startsWith": "'1'", "endsWith": "'2'", "slice": "0"}
    extra = (argument | more).get(name, "")
    if name == "crop":
        data, extra = {"v": "https://example.com/a.jpg"}, "10, 10"
    if name == "asset":
        data = {"v": "logo.svg"}
    if name in {"date", "time"}:
        data = {"v": "2026-11-22"}
    called = show("{{ " + f"{name}(v{', ' if extra else ''}{extra})" + " }}", **data)
    assert called == show("{{ " + f"v | {name}" + (f"({extra})" if extra else "") + " }}", **data)


TEXTS = [
    ("{{ truncate('short', 10) }}", "short"),
    ("{{ truncate('exactly ten', 11) }}", "exactly ten"),
    ("{{ truncate('abcdefghij', 5) }}", "abcd…"),
    ("{{ truncate('one two three four', 12, '') }}", "one two"),
    ("{{ truncate('abc', 0) }}", "…"),
    ("{{ 'a long text here' | truncate(length=9, end='!') }}", "a long!"),
    ("{{ padStart('abc', 2, '0') }}", "abc"),
    ("{{ padStart('1', 6, 'ab') }}", "ababa1"),
    ("{{ titleCase('ÉCOLE des ÉTOILES') }}", "École Des Étoiles"),
    ("{{ split('a b  c') | join('|') }}", "a|b|c"),
    ("{{ split('', ',') | length }}", "0"),
    ("{{ split('abc', '') | join('.') }}", "a.b.c"),
    ("{{ replace('aaa', 'a', 'b', 2) }}", "bba"),
    ("{{ replace('abc', '', 'x') }}", "abc"),
    ("{{ slice('abc', -2) }}", "bc"),
    ("{{ [1, 2, 3] | slice(1) | join }}", "2, 3"),
    ("{{ first('') }}{{ first([]) }}{{ last(nothing) }}", ""),
    ("{{ indexOf([1, 2], 3) }}", "-1"),
    ("{{ contains({'a': 1}, 'a') }}", "true"),
    ("{{ contains(nothing, 'a') }}", "false"),
    ("{{ length(nothing) }} {{ length({'a': 1}) }} {{ length(1234) }}", "0 1 4"),
    ("{{ uppercase(nothing) }}{{ trim(none) }}", ""),
    ("{{ 12 | padStart(4, 0) }}", "0012"),
]


@pytest.mark.parametrize(("source", "expected"), TEXTS)
def test_texts_and_lists(show, source: str, expected: str):
    assert show(source) == expected


NUMBERS = [
    ("{{ round(2.5) }} {{ round(-2.5) }} {{ round(1234.5, -2) }}", "3 -3 1200"),
    ("{{ round('3.14159', 2) }}", "3.14"),
    ("{{ 2.4 | round(method='ceil') }}", "3"),
    ("{{ sum([]) }} {{ average([]) }} [{{ min([]) }}]", "0 0 []"),
    ("{{ sum([0.1, 0.2]) }} {{ sum('1', '2') }}", "0.3 3"),
    ("{{ items | sum(attribute='p') }} {{ max(items, 'p') }}", "6 4"),
    ("{{ min(3, '2', 5) }}", "2"),
    ("{{ abs('-3') }} {{ floor(1e3) }} {{ ceil(-0.5) }}", "3 1000 0"),
    ("{{ 0.1 + 0.2 }} {{ 3 / 2 }} {{ 4 / 2 }} {{ 7 // 2 }} {{ 2 ** 10 }}", "0.3 1.5 2 3 1024"),
]


@pytest.mark.parametrize(("source", "expected"), NUMBERS)
def test_numbers(show, source: str, expected: str):
    assert show(source, items=[{"p": 2}, {"p": "4"}, {}]) == expected


FORMATS = [
    ("{{ currency(1234.5, 'EUR') }}", "de-DE", "1.234,50\N{NO-BREAK SPACE}€"),
    ("{{ currency(1234.5, 'EUR') }}", "fr", "1\N{NARROW NO-BREAK SPACE}234,50\N{NO-BREAK SPACE}€"),
    ("{{ currency(1234.5, 'JPY') }}", "en-US", "¥1,235"),
    ("{{ currency(1234.5, 'USD', 0) }} {{ currency(2, 'usd', 3) }}", "en-US", "$1,235 $2.000"),
    ("{{ currency(5, 'EUR', 'de') }}", "en-US", "5,00\N{NO-BREAK SPACE}€"),
    ("{{ currency(-9.99) }}", "en-US", "-$9.99"),
    ("{{ currency('12.30', 'GBP') }}", "en-GB", "£12.30"),
    ("{{ number(1234567.891) }}", "hi-IN", "1,234,567.891"),
    ("{{ number(1234.5, 2) }}", "de-CH", "1’234.50"),
    ("{{ number(0.125, 2) }}", "en-US", "0.13"),
    ("{{ percent(0.256) }} {{ percent(0.256, 1) }}", "de", "26\N{NO-BREAK SPACE}% 25,6\N{NO-BREAK SPACE}%"),
    ("{{ date('2026-11-22', 'full') }}", "ar", "الأحد، 22 نوفمبر 2026"),
    ("{{ date('2026-11-22', 'd. MMMM yyyy') }}", "de", "22. November 2026"),
    ("{{ date('2026-11-22T23:30:00Z', 'YYYY-MM-DD HH:mm') }}", "en-US", "2026-11-22 23:30"),
    ("{{ date('2026-11-22', 'dddd, D MMM YY') }}", "en-US", "Sunday, 22 Nov 26"),
    ("{{ date('2026-11-22', '%d/%m/%Y at %H') }}", "en-US", "22/11/2026 at 00"),
    ("{{ date('2026-11-22', 'D [de] MMMM') }}", "es", "22 de noviembre"),
    ("{{ date(1795000000, 'yyyy') }} {{ date(1795000000000, 'yyyy') }}", "en-US", "2026 2026"),
    ("{{ date('Sun, 22 Nov 2026 10:00:00 +0000', 'short') }}", "en-US", "11/22/26"),
    ("{{ time('18:05', 'HH:mm') }} {{ time('2026-11-22T18:05:00Z') }}", "en-US", "18:05 6:05\N{NARROW NO-BREAK SPACE}PM"),
    ("{{ date(nothing) }}{{ currency(none) }}{{ number('') }}", "en-US", ""),
]  # fmt: skip


@pytest.mark.parametrize(("source", "locale", "expected"), FORMATS)
def test_formats_follow_the_locale(show, source: str, locale: str, expected: str):
    assert show(source, _locale=locale) == expected


def test_dates_are_in_the_time_zone_of_the_render(show):
    source = "{{ date('2026-11-22T23:30:00Z', 'yyyy-MM-dd HH:mm') }} {{ now() | date('HH:mm') }}"
    assert show(source, _zone="Asia/Tokyo") == "2026-11-23 08:30 20:06"
    assert show("{{ date('2026-11-22T23:30:00Z', 'HH:mm', 'Asia/Tokyo') }}") == "08:30"


def test_a_locale_that_babel_lacks_falls_back_to_its_language(show):
    assert show("{{ number(1.5) }}", _locale="de-XX") == "1,5"


def test_the_same_compiled_template_prints_for_each_locale_anew(show):
    source = "{{ currency(5, 'EUR') }}"
    assert show(source, _locale="en-US") != show(source, _locale="de-DE")


@pytest.mark.parametrize(
    "value", ["</script><b>", "it's", 'say "x"', "&amp;", "\N{LINE SEPARATOR}"]
)
def test_T09_json_is_safe_in_a_script_and_in_single_quotes(show, value: str):
    out = show("<script>var a = {{ v | json }}</script><p data-v='{{ json(v) }}'>", v=value)
    inner = out.removeprefix("<script>var a = ").split("</script><p")[0]
    assert not set("<>'") & set(inner)
    assert "&amp;" not in inner


def test_a_qr_code_holds_its_text_as_modules(show):
    import segno

    svg = show("{{ qr(v, margin=0) }}", v="https://example.com/?a=1&b=2")
    side = segno.make_qr("https://example.com/?a=1&b=2", error="M").symbol_size(border=0)[0]
    assert f'viewBox="0 0 {side} {side}"' in svg
    assert "https://example.com/?a=1&amp;b=2" in svg


def test_the_squares_of_a_qr_code_are_its_modules(show):
    import segno

    svg = show("{{ qr('PLATEN 2026', margin=2) }}")
    drawn = {
        (int(x) + i, int(y))
        for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg)
        for i in range(int(width))
    }
    matrix = segno.make_qr("PLATEN 2026", error="M").matrix
    assert drawn == {
        (x + 2, y + 2) for y, row in enumerate(matrix) for x, bit in enumerate(row) if bit
    }


def test_codes_refuse_what_is_no_colour(show):
    with pytest.raises(ValueError, match="not a colour"):
        show("""{{ qr('a', dark='"><script>') }}""")


def test_codes_of_nothing_are_nothing(show):
    assert show("{{ qr(nothing) }}{{ barcode('') }}") == ""


def test_a_fitted_text_is_an_element_with_its_least_size_and_its_lines(show):
    assert show("{{ fit(t) }}", t="a < b") == '<span data-platen-fit="8">a &lt; b</span>'
    wanted = '<span data-platen-fit="18" data-platen-lines="2">Hi</span>'
    assert show("{{ t | fit(min=18, lines=2) }}", t="Hi") == wanted
    assert show("{{ fit(t, '12.5') }}", t=7) == '<span data-platen-fit="12.5">7</span>'


def test_nothing_is_fitted_to_nothing(show):
    assert show("{{ fit(nothing) }}{{ '' | fit }}") == ""


@pytest.mark.parametrize("said", ["min=0", "min=-3", "min='x>y'", "min=1e9", "lines=0"])
def test_fit_refuses_numbers_out_of_bounds(show, said: str):
    with pytest.raises(ValueError, match=r"fit takes|not a number"):
        show("{{ fit('a', " + said + ") }}")


def test_raw_html_stays_raw_through_functions_of_texts(show):
    raw = Markup("<b>x</b>")
    assert show("{{ raw | trim }}{{ raw | capitalize }}", raw=raw) == "<b>x</b><b>x</b>"
    assert show("{{ raw | replace('x', evil) }}", raw=raw, evil="<i>") == "<b>&lt;i&gt;</b>"
    assert (
        show("{{ [raw, evil] | join(evil) }}", raw=raw, evil="<i>") == "<b>x</b>&lt;i&gt;&lt;i&gt;"
    )
