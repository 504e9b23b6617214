"""One failed row with a form in its place: other values, and it is rendered again."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from core.errors import ValidationError
from studio.cells import cell_words
from studio.door import Visit
from studio.own_api import ApiRefusedError, api_path
from studio.typed import read_json

__all__ = ["form", "mend"]

_GIVEN = "value."
"""Before the names of the form's fields, which are variables."""


async def form(visit: Visit) -> Response:
    """The row's values, to be changed."""
    item = await visit.api.get(_place(visit))
    return await _form(visit, item, item["values"], text=cell_words(item.get("error", "")))


async def mend(visit: Visit) -> Response:
    """Render the row with what was typed; what does not fit is said beside the form."""
    async with visit.request.form(max_files=0, max_fields=1200) as sent:
        typed = {
            key.removeprefix(_GIVEN): value
            for key, value in sent.items()
            if key.startswith(_GIVEN) and isinstance(value, str)
        }
    item = await visit.api.get(_place(visit))
    try:
        variables = _variables(typed, item["values"])
        await visit.api.send("PATCH", _place(visit), json={"variables": variables})
    except ValidationError as error:
        wrong = [one.field for one in error.fields]
        return await _form(visit, item, typed, text=error.message, wrong=wrong)
    except ApiRefusedError as error:
        if error.status not in {400, 422}:
            raise
        return await _form(visit, item, typed, text=_text_of(error), wrong=_wrong(error))
    answer = visit.page("parts/mended.html", row=item["row"])
    answer.headers["HX-Trigger"] = "look"
    return answer


async def _form(
    visit: Visit,
    item: Mapping[str, Any],
    values: Mapping[str, Any],
    *,
    text: str,
    wrong: Sequence[str] = (),
) -> Response:
    """`text` above the fields; the first of those that are `wrong` is ready to be typed into."""
    batch = await visit.api.get(api_path("templates", "batch", visit.path("id")))
    fields = await _fields(visit, batch, values)
    names = [one["name"] for one in fields]
    return visit.page(
        "parts/mend.html",
        batch=batch,
        item=item,
        fields=fields,
        text=text,
        wrong=wrong,
        first=next((name for name in names if name in wrong), names[0] if names else None),
    )


async def _fields(
    visit: Visit, batch: Mapping[str, Any], values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """A field for every variable of the batch's version, and for whatever else the row has."""
    place = api_path("templates", batch["templateUid"], "variables")
    try:
        known = (await visit.api.get(place, version=batch["version"]))["variables"]
    except ApiRefusedError as error:
        if error.status != 404:  # the template was deleted: the row itself is known still
            raise
        known = []
    names = {one["name"] for one in known}
    others = [{"name": name, "type": "text"} for name in values if name not in names]
    return [{**one, "text": _text(values.get(one["name"]))} for one in (*known, *others)]


def _variables(typed: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent: empty fields are not given, and what was no text before stays none."""
    return {
        name: text if isinstance(before.get(name, ""), str) else _read(name, text)
        for name, text in typed.items()
        if text != ""
    }


def _wrong(error: ApiRefusedError) -> list[str]:
    """The variables that the problem names, whatever it says of what is inside them."""
    paths = [one["field"].removeprefix("variables.") for one in error.problem.get("errors", ())]
    return [re.split(r"[.\[]", path, maxsplit=1)[0] for path in paths]


def _text_of(error: ApiRefusedError) -> str:
    """What is wrong with the fields: the detail speaks to who writes the call."""
    told = [cell_words(one["message"]) for one in error.problem.get("errors", ())]
    return "; ".join(told[:5]) or str(error)


def _read(name: str, text: str) -> Any:
    try:
        return read_json(text)
    except ValueError:
        raise ValidationError.of(
            name,
            f"'{name}' was no text before: write a number, true or false, or a list like [1, 2]",
        ) from None


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _place(visit: Visit) -> str:
    return api_path("templates", "batch", visit.path("id"), "items", visit.path("index"))
