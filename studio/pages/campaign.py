"""A new campaign: a template, a table, columns for variables, a look at the strangest rows, go."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from core.errors import OverloadedError, ValidationError
from core.ids import new_token
from studio.door import Visit
from studio.own_api import ApiRefusedError, api_path
from studio.pages.templates import sample_picture
from studio.typed import read_json

__all__ = ["check", "new", "preview", "start"]

_STRANGEST = 6
"""Rows that are shown before the start."""
_MAPPED = "map."
"""Before the names of the fields that say which column a variable takes."""
_FORMATS = {
    "image": ("png", "jpg", "webp", "avif", "pdf"),
    "gif": ("gif", "png", "jpg", "webp", "pdf"),
    "pdf": ("pdf", "png", "jpg", "webp"),
}
_NONE = "none of them"
_LOOKS, _PAUSE = 40, 0.5
"""How often, and after how many seconds, a second click asks for the answer of the first."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """The form as it was sent. `mappings` None: nobody has looked at the columns yet."""

    name: str
    table: bytes
    mappings: Mapping[str, str] | None
    fields: Mapping[str, str]


async def new(visit: Visit) -> Response:
    """The page of one template, with a preview."""
    template = await _template(visit)
    variables = await visit.api.get(api_path("templates", template["uid"], "variables"))
    return visit.page("campaign.html", template=template, variables=variables["variables"])


async def check(visit: Visit) -> Response:
    """What would become of the table: columns, rows that do not fit, strange ones."""
    sent = await _sent(visit)
    if not sent.table:
        return visit.page("parts/no_table.html")
    mappings, likely = sent.mappings, list[str]()
    if mappings is None:
        mappings, likely = _proposed(await _report(visit, sent, {}))
    report = await _report(visit, sent, mappings, proof=_STRANGEST)
    template = await _template(visit)
    variables = await visit.api.get(api_path("templates", template["uid"], "variables"))
    return visit.page(
        "parts/checked.html",
        template=template,
        variables=variables["variables"],
        columns=[one["column"] for one in report["columns"]],
        likely=likely,
        mappings=mappings,
        open=[name for name in _required(variables["variables"]) if name not in mappings],
        report=report,
        strange=[{**row, "sent": json.dumps(row)} for row in report["proofRows"]],
        formats=_FORMATS[template["outputFormat"]],
        pattern=_pattern(template, mappings),
        table_name=sent.name,
        once=new_token(),
    )


def _proposed(report: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """The mappings that the first look finds, and which variables have theirs by likeness alone."""
    likely = [
        one["variable"] for one in report["columns"] if "variable" in one and not one["exact"]
    ]
    return report["mappings"], likely


async def preview(visit: Visit) -> Response:
    """One row as a picture, for a page that is open."""
    async with visit.request.form(max_files=0, max_fields=10) as form:
        try:
            row = read_json(str(form.get("row", "")))
            variables, number = dict(row["variables"]), int(row["row"])
        except (ValueError, KeyError, TypeError):
            raise ValidationError.of("row", "row must be a row as the check gave it") from None
    data = await sample_picture(visit, visit.path("uid"), variables)
    shown = f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
    return visit.page("parts/row_picture.html", shown=shown, number=number, variables=variables)


async def start(visit: Visit) -> Response:
    """Start the batch, and go where it is watched."""
    sent = await _sent(visit)
    if not sent.table:
        raise ValidationError.of("csv", "There is no table yet: choose a CSV or Excel file first")
    template = await _template(visit)
    options = {
        **_options(sent.fields),
        "mappings": dict(sent.mappings or {}),
        "metadata": {"source": "studio", "table": sent.name, "template": template["name"]},
    }
    accepted = await _started_once(visit, sent, options)
    there = f"/studio{api_path('batches', accepted['batchId'])}"
    return Response(headers={"HX-Redirect": there})


async def _started_once(visit: Visit, sent: _Sent, options: Mapping[str, Any]) -> dict[str, Any]:
    """The batch of this very form: a second click, or one after a lost answer, starts no other.

    While the first is still being taken in, the second waits for its answer.
    """
    key = _key_of(sent, options)
    for _ in range(_LOOKS):
        try:
            return await _submit(visit, sent, options, key)
        except ApiRefusedError as error:
            if error.problem.get("code") != "idempotency_in_flight":
                raise
            await asyncio.sleep(_PAUSE)
    raise OverloadedError("The campaign is still being taken in: look at Campaigns in a moment")


def _key_of(sent: _Sent, options: Mapping[str, Any]) -> str:
    """The same for the same form, table and choices; whoever changes one of them starts another."""
    parts = (sent.fields.get("once") or new_token(), json.dumps(options, sort_keys=True))
    told = hashlib.sha256("\n".join(parts).encode())
    told.update(sent.table)
    return told.hexdigest()


def _options(fields: Mapping[str, str]) -> dict[str, Any]:
    """What the form says of the work itself; the API judges it."""
    options: dict[str, Any] = {"format": fields.get("format") or None}
    if fields.get("filename", "").strip():
        options["filename"] = fields["filename"].strip()
    if fields.get("layout"):
        options["layout"] = fields["layout"]
    if fields.get("proof"):
        options["proof"] = _STRANGEST
    return options


async def _report(
    visit: Visit, sent: _Sent, mappings: Mapping[str, str], proof: int = 0
) -> dict[str, Any]:
    options = {"dryRun": True, "mappings": dict(mappings), "proof": proof}
    return await _submit(visit, sent, options)


async def _submit(
    visit: Visit, sent: _Sent, options: Mapping[str, Any], key: str | None = None
) -> dict[str, Any]:
    # The boundary too: the same key takes the same bytes.
    kind = f"multipart/form-data; boundary={key}"
    answer = await visit.api.send(
        "POST",
        api_path("templates", visit.path("uid"), "batch-render"),
        data={"request": json.dumps(options)},
        files={"csv": ("table", sent.table)},
        headers={"Content-Type": kind, "Idempotency-Key": key} if key else {},
    )
    return answer.json()


async def _template(visit: Visit) -> dict[str, Any]:
    found = await visit.api.get(api_path("templates", visit.path("uid")))
    return found["template"]


async def _sent(visit: Visit) -> _Sent:
    async with visit.request.form(max_files=1, max_fields=1200) as form:
        file = form.get("csv")
        data = await file.read() if isinstance(file, UploadFile) else b""
        name = (file.filename or "table") if isinstance(file, UploadFile) else ""
        fields = {key: value for key, value in form.items() if isinstance(value, str)}
        return _Sent(name[:200], data, _mappings(form, name), fields)


def _mappings(form: FormData, name: str) -> dict[str, str] | None:
    """Variable -> column; None for a table whose columns were not shown before."""
    if form.get("mapped") != name:
        return None
    chosen = {
        key.removeprefix(_MAPPED): _column(value)
        for key, value in form.items()
        if key.startswith(_MAPPED) and isinstance(value, str) and value
    }
    asked = any(key.startswith(_MAPPED) for key in form)
    if asked and not chosen:
        raise ValidationError.of(
            "mappings", f"No field takes a column ({_NONE} is chosen): choose at least one"
        )
    return chosen


def _column(text: str) -> str:
    """A column as the form tells it: as JSON, since forms change line breaks."""
    try:
        return read_json(text)
    except ValueError:
        raise ValidationError.of("mappings", "The columns must be as the check gave them") from None


def _required(variables: Sequence[Mapping[str, Any]]) -> list[str]:
    return [one["name"] for one in variables if one["required"] and "defaultValue" not in one]


def _pattern(template: Mapping[str, Any], mappings: Mapping[str, str]) -> str:
    """A name to begin with: the row's number and its first text."""
    texts = (
        definition["name"]
        for definition in template["variableDefinitions"]
        if definition["type"] in {"string", "text"} and definition["name"] in mappings
    )
    first = next(texts, None)
    return "{index:4}" if first is None else f"{{index:4}}-{{{first}}}"
