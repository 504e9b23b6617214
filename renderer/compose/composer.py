"""Composition as the rest of the renderer sees it: a template and data in, HTML out."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import FieldError, InternalError, PlatenError
from renderer.compose.analysis import Analysis, Discovered
from renderer.compose.composed import Composed
from renderer.compose.errors import (
    AssetNotFoundError,
    CanvasError,
    ExpressionError,
    InvalidUnicodeError,
    TemplateLimitError,
    TemplateSecurityError,
    TemplateSyntaxError,
    UndefinedVariableError,
)
from renderer.jail import Jail
from renderer.jail_errors import JailJobError, JailKilledError
from renderer.jail_process import JailReply
from renderer.origin import stored_url
from renderer.request import Environment, TemplateSource

__all__ = ["Composer"]

MAX_OUTPUT_CHARACTERS = 20_000_000
"""What composition may print for one request, all sections together; the same as inline HTML."""

_ERRORS: dict[str, type[PlatenError]] = {
    error.code: error
    for error in (
        AssetNotFoundError,
        CanvasError,
        ExpressionError,
        TemplateLimitError,
        TemplateSecurityError,
        TemplateSyntaxError,
        UndefinedVariableError,
    )
}


def _fields(error: JailJobError, *, many: bool) -> list[FieldError]:
    """The variable that had no value, or the place in a canvas, as the request names them."""
    if "field" not in error.facts:
        path = error.facts.get("path")
        return [FieldError(path, error.message, error.code)] if path else []
    where = f"variableSets[{error.facts.get('set', 0)}]" if many else "variables"
    return [FieldError(where + error.facts["field"], error.message, error.code)]


def _public(error: JailJobError, *, many: bool = False) -> PlatenError:
    """The child's words as one of our errors. They stem from the template, so they may be shown."""
    kind = TemplateLimitError if error.code == "memory" else _ERRORS.get(error.code)
    if kind is None:
        return InternalError("Composing the template failed.", private=f"{error} {error.facts}")
    extra = {key: error.facts[key] for key in ("snippet", "suggestion") if key in error.facts}
    line, column = error.facts.get("line"), error.facts.get("column")
    fields = _fields(error, many=many)
    return kind(error.message, line=line, column=column, extra=extra, fields=fields)


class Composer:
    """Turns templates into HTML, and canvases into what fabric loads; says what a source reads."""

    def __init__(self, jail: Jail) -> None:
        self._jail = jail

    async def compose(self, source: TemplateSource, environment: Environment) -> str:
        """The HTML of the template with its `variables`.

        Raises one of `renderer.compose.errors`, with line and column where there is one.
        """
        return (await self._compose(source, [source.variables], environment)).sections[0]

    async def compose_sections(self, source: TemplateSource, environment: Environment) -> Composed:
        """One HTML per set of `variable_sets`, or one of `variables` when there are none."""
        sets = source.variable_sets or (source.variables,)
        return await self._compose(source, sets, environment)

    async def analyse(
        self, source: str, syntax: str = "auto", partials: Mapping[str, str] | None = None
    ) -> Analysis:
        """The variables that a source reads, its language, and whether it holds scripts.

        `partials`: name -> source of what it may include; their variables are its own.

        Raises TemplateSyntaxError with line and column, TemplateLimitError, InvalidUnicodeError.
        """
        return await self._analyse("analyse", source, syntax, partials)

    async def analyse_canvas(
        self, source: str, syntax: str = "auto", partials: Mapping[str, str] | None = None
    ) -> Analysis:
        """The variables that a canvas (a JSON text) reads; it may have no partials.

        Raises CanvasError with the place of what fabric could never draw, and what `analyse` does.
        """
        return await self._analyse("analyse_canvas", source, syntax, partials)

    async def _analyse(
        self, job: str, source: str, syntax: str, partials: Mapping[str, str] | None
    ) -> Analysis:
        payload = {"syntax": syntax, "partials": dict(partials or {})}
        told = (await self._run(job, payload, source)).payload
        found = tuple(Discovered(**row) for row in told["variables"])
        scripts = bool(told["javascript"])
        includes, assets = tuple(told["includes"]), tuple(told["assets"])
        return Analysis(found, scripts, told["syntax"], includes, assets)

    async def has_javascript(self, html: str) -> bool:
        """Whether a whole document, which is no template, holds scripts."""
        reply = await self._run("javascript", {}, html)
        return bool(reply.payload["javascript"])

    async def _compose(
        self,
        source: TemplateSource,
        sets: Sequence[Mapping[str, Any]],
        environment: Environment,
    ) -> Composed:
        payload = {
            "sets": sets,
            "raw_html": source.raw_html,
            "strict": source.strict,
            "syntax": source.syntax,
            "partials": dict(source.partials),
            "assets": {name: stored_url(file) for name, file in source.assets.items()},
            "foci": {stored_url(one): one.focus for one in source.assets.values() if one.focus},
            "locale": environment.locale,
            "timezone": environment.timezone,
            "now_us": environment.now_us,
            "max_characters": MAX_OUTPUT_CHARACTERS,
        }
        job = "compose_canvas" if source.engine == "fabric" else "compose"
        reply = await self._run(job, payload, source.source, many=bool(source.variable_sets))
        sections = tuple(html.decode() for html in reply.attachments)
        return Composed(sections, bool(reply.payload["shows_now"]))

    async def _run(
        self, job: str, payload: Mapping[str, Any], source: str, *, many: bool = False
    ) -> JailReply:
        try:
            return await self._twice(job, payload, source)
        except JailJobError as error:
            raise _public(error, many=many) from error
        except JailKilledError as error:
            settings = self._jail.settings
            raise TemplateLimitError(
                f"The template took longer than {settings.jail_compose_seconds:g} s or more than "
                f"{settings.jail_compose_memory_mb} MB. Make its loops and texts smaller.",
                private=error.private,
            ) from error
        except UnicodeEncodeError as error:
            raise InvalidUnicodeError(
                "The template or its data hold half of a surrogate pair, which is no character. "
                "Send valid Unicode."
            ) from error
        except RecursionError as error:
            raise TemplateLimitError("The data are nested too deeply.") from error

    async def _twice(self, job: str, payload: Mapping[str, Any], source: str) -> JailReply:
        """Once more when the child died of itself: it may have been killed for another's sake."""
        try:
            return await self._once(job, payload, source)
        except JailKilledError as error:
            if error.reason != "death":
                raise
            return await self._once(job, payload, source)

    async def _once(self, job: str, payload: Mapping[str, Any], source: str) -> JailReply:
        settings = self._jail.settings
        return await self._jail.run(
            job,
            payload,
            [source.encode()],
            timeout=settings.jail_compose_seconds,
            memory_bytes=settings.jail_compose_memory_mb << 20,
        )
