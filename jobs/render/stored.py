"""What a render may use of the files that its workspace keeps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jobs.render.canonical import canonical
from jobs.render.command import InlineTemplate, RenderCommand
from renderer.compose.analysis import ANY
from renderer.request import AssetFile, FontFace, HtmlSource
from renderer.stored import ReadFile, no_files
from templates_store.assets.catalogue import Catalogue, Catalogues
from templates_store.assets.files import AssetFiles
from templates_store.resolved import Resolved

__all__ = ["KeptFiles", "Stored"]


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """Assets by name, and the fonts whose families the source or its data mention."""

    assets: Mapping[str, AssetFile] = field(default_factory=dict[str, AssetFile])
    fonts: tuple[FontFace, ...] = ()


class Stored:
    """Finds them. Without `files` nothing is read."""

    def __init__(self, catalogues: Catalogues, files: AssetFiles | None = None) -> None:
        self._catalogues = catalogues
        self._files = files

    async def of(self, command: RenderCommand, resolved: Resolved | None) -> KeptFiles:
        """What this render may use. Raises AssetNotFoundError."""
        texts = _texts(command, resolved)
        if not texts:
            return KeptFiles()
        catalogue = await self._catalogues.of(command.workspace_id)
        fonts = catalogue.mentioned(_with_data(texts, command)) if catalogue.fonts else ()
        return KeptFiles(_assets(catalogue, command, resolved), fonts)

    def reader(self, workspace_id: str) -> ReadFile:
        """Gives the bytes of one workspace's files."""
        files = self._files
        if files is None:
            return no_files
        return lambda digest: files.read(workspace_id, digest)


def _texts(command: RenderCommand, resolved: Resolved | None) -> list[str]:
    """The sources of the document; none for a page of the web."""
    if resolved is not None:
        return [resolved.source, *resolved.partials.values()]
    match command.origin:
        case HtmlSource(html):
            return [html]
        case InlineTemplate(source):
            return [source]
        case _:
            return []


def _with_data(texts: list[str], command: RenderCommand) -> Iterator[str]:
    """The texts, and the data as one: a family may come with them."""
    yield from texts
    for data in (command.variables, *command.variable_sets):
        yield canonical(data).decode()


def _assets(
    catalogue: Catalogue, command: RenderCommand, resolved: Resolved | None
) -> dict[str, AssetFile]:
    if resolved is not None:
        return catalogue.named(resolved.assets)
    inline = isinstance(command.origin, InlineTemplate) and "asset" in command.origin.source
    return catalogue.named([ANY]) if inline else {}
