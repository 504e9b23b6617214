"""What differs between two versions of a template, on the wire."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from api.delivery import ResponseQuery
from api.models import Answer, Omitted
from api.template_models import VersionAnswer
from api.variable_models import DefinitionAnswer
from core.reach import Reach
from templates_store.diff.lines import Hunk, SourceDiff
from templates_store.diff.versions import Change, LayoutDiff, VariableDiff

__all__ = [
    "DiffPicture",
    "DiffPictures",
    "DiffQuery",
    "LayoutDiffAnswer",
    "SettingChange",
    "SourceDiffAnswer",
    "VariableDiffAnswer",
    "VersionDiffAnswer",
]

_NAMES = {"strict": "strictVariables", "reach": "egress", "default": "defaultValue"}


class DiffQuery(ResponseQuery):
    """What is to be compared beside the texts."""

    pictures: bool = Field(default=False, description="Draw both versions and what differs.")
    layout: str | None = Field(default=None, max_length=64, description="Of the pictures.")
    variables: str = Field(
        default="",
        max_length=8000,
        description="A JSON object: data for the pictures, over defaults and samples.",
    )


class LineAnswer(Answer):
    """One line, with its numbers in the versions that hold it."""

    op: Literal["same", "removed", "added"]
    text: str
    before: int | None = Omitted
    after: int | None = Omitted


class HunkAnswer(Answer):
    """Changed lines with three lines around them."""

    head: str
    lines: list[LineAnswer]

    @classmethod
    def of(cls, hunk: Hunk) -> "HunkAnswer":
        """From what the store compared."""
        lines = [
            LineAnswer(op=one.op, text=one.text, before=one.before, after=one.after)
            for one in hunk.lines
        ]
        return cls(head=hunk.head, lines=lines)


class SourceDiffAnswer(Answer):
    """How a source changed: as `diff -u` writes it, and in parts."""

    added: int
    removed: int
    unified: str
    hunks: list[HunkAnswer]

    @classmethod
    def of(cls, diff: SourceDiff, before: str, after: str) -> "SourceDiffAnswer":
        """From what the store compared; `before` and `after` name the two texts."""
        return cls(
            added=diff.added,
            removed=diff.removed,
            unified=diff.unified(before, after),
            hunks=[HunkAnswer.of(hunk) for hunk in diff.hunks],
        )


class SettingChange(Answer):
    """One member that has another value."""

    field: str
    before: Any
    after: Any

    @classmethod
    def of(cls, change: Change) -> "SettingChange":
        """From what the store compared, under the wire's names."""
        first, *more = _NAMES.get(change.name, change.name).split("_")
        field = first + "".join(word.capitalize() for word in more)
        return cls(field=field, before=_plain(change.before), after=_plain(change.after))


class LayoutDiffAnswer(Answer):
    """A layout that came, went or changed."""

    layout: str
    change: Literal["added", "removed", "changed"]
    settings: list[SettingChange]
    source: SourceDiffAnswer | None = Omitted

    @classmethod
    def of(cls, diff: LayoutDiff, before: str, after: str) -> "LayoutDiffAnswer":
        """From what the store compared."""
        source = diff.source and SourceDiffAnswer.of(
            diff.source, f"{before}, {diff.key}", f"{after}, {diff.key}"
        )
        settings = [SettingChange.of(change) for change in diff.changes]
        return cls(layout=diff.key, change=diff.kind, settings=settings, source=source)


class VariableChange(Answer):
    """A variable that is defined otherwise."""

    name: str
    changes: list[SettingChange]


class VariableDiffAnswer(Answer):
    """Variables that came, went or changed."""

    added: list[DefinitionAnswer]
    removed: list[DefinitionAnswer]
    changed: list[VariableChange]

    @classmethod
    def of(cls, diff: VariableDiff) -> "VariableDiffAnswer":
        """From what the store compared."""
        changed = [
            VariableChange(name=name, changes=[SettingChange.of(one) for one in changes])
            for name, changes in diff.changed
        ]
        return cls(
            added=[DefinitionAnswer.of(one) for one in diff.added],
            removed=[DefinitionAnswer.of(one) for one in diff.removed],
            changed=changed,
        )


class DiffPicture(Answer):
    """A PNG; `url` is good for a day."""

    url: str | None = Omitted
    base64: str | None = Omitted
    width: int
    height: int


class DiffPictures(Answer):
    """Both versions with the same data, and the newer one with what differs marked in pink."""

    before: DiffPicture
    after: DiffPicture
    marked: DiffPicture
    changed_pixels: int
    changed_share: float = Field(description="0 to 1, of the larger picture.")
    box: list[int] = Field(
        description="x, y, width, height around all that differs; empty when nothing does."
    )
    variables: dict[str, Any] = Field(description="The data that both were drawn with.")


class VersionDiffAnswer(Answer):
    """All that differs between two versions."""

    template_uid: str
    before: VersionAnswer
    after: VersionAnswer
    same: bool = Field(description="Whether renders of both are the same: their digests are.")
    source: SourceDiffAnswer
    layouts: list[LayoutDiffAnswer]
    variables: VariableDiffAnswer
    settings: list[SettingChange]
    pictures: DiffPictures | None = Omitted


def _plain(value: Any) -> Any:
    if isinstance(value, Reach):
        return value.to_json() or {"policy": "public", "hosts": []}
    return dict(value) if isinstance(value, Mapping) else value
