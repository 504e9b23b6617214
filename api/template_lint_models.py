"""What `/templates/{uid}/lint` takes and gives."""

from typing import Annotated, Any

from pydantic import Field

from api.capture_models import Surroundings, Variables, Version
from api.models import Answer, Omitted
from api.render_answers import WarningAnswer

__all__ = ["LintAnswer", "LintBody", "LintCaseAnswer"]


class LintBody(Surroundings):
    """Data to check the design with; without any, typical values are made up by type."""

    variables: Variables = Field(default_factory=dict)
    extremes: bool = Field(
        default=True,
        description="Also with the longest text allowed, one long word, nothing, right-to-left "
        "writing, emoji, and Chinese, Japanese and Korean.",
    )
    pictures: bool = Field(default=False, description="true: each case comes as a small picture.")
    layout: Annotated[str, Field(max_length=64)] | None = None
    version: Version | None = None


class LintCaseAnswer(Answer):
    """One set of data and what it showed. `error`: it did not render at all."""

    name: str = Field(
        description="typical or given, longest, unbroken, empty, right_to_left, emoji, cjk."
    )
    variables: dict[str, Any]
    warnings: list[WarningAnswer] = Field(default_factory=list)
    error: str | None = Omitted
    code: str | None = Omitted
    data_url: str | None = Omitted


class LintAnswer(Answer):
    """Where the design breaks. `ok`: nowhere. `counts`: how many cases show each code."""

    template_uid: str
    version: int
    layout: str
    ok: bool
    counts: dict[str, int]
    cases: list[LintCaseAnswer]
