"""One refresh of a binding, read from top to bottom: data, variables, picture, row.

ask      the source, if it has one; a 304 leaves the variables of the last time
map      the data to variables
render   only if they, the template's version, the files that it names or the options are
         others than those shown
settle   row, counters and event in one unit of work, if the lease still holds;
         the artifact that was shown before is deleted after that
"""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from core.artifacts import Artifact, Artifacts
from core.database import Database
from core.errors import NotFoundError, OverloadedError, PlatenError, StorageUnavailableError
from jobs.bindings.held import Held
from jobs.bindings.metrics import REFRESHES
from jobs.bindings.settle import Failed, PutOff, Refreshed, Shown, Verdict, settle
from jobs.bindings.sources import Sources
from jobs.formats import FORMATS
from jobs.outputs import output_for
from jobs.render.canonical import canonical
from jobs.render.command import RenderCommand, TemplateRef
from jobs.render.renders import Renders
from jobs.render.stored import KeptFiles
from templates_store.bindings.binding import Binding
from templates_store.bindings.data import BindingData, read_data
from templates_store.bindings.mapping import map_data, refuse_foreign
from templates_store.resolved import Resolved
from templates_store.templates import Templates

__all__ = ["Refresh", "command_of"]

log = structlog.get_logger("bindings")

_PASSING = (OverloadedError, StorageUnavailableError)
"""What is our own trouble, and soon over: the binding has not failed."""


@dataclass(frozen=True, slots=True)
class _Got:
    """What a source gave: data to be mapped, or the `variables` that stand already.

    Neither: nothing was ever posted, and there are no defaults to show instead.
    """

    data: Any = None
    variables: Mapping[str, Any] | None = None
    fetched: bool = False
    nothing: bool = False
    etag: str | None = None
    last_modified: str | None = None


class Refresh:
    """Refreshes bindings that somebody holds. `at_once`: how many of them render at a time."""

    def __init__(
        self,
        db: Database,
        artifacts: Artifacts,
        templates: Templates,
        renders: Renders,
        sources: Sources,
        at_once: int,
    ) -> None:
        self.sources = sources
        self._db = db
        self._artifacts = artifacts
        self._templates = templates
        self._renders = renders
        self._slots = asyncio.Semaphore(at_once)

    async def run(self, held: Held) -> Verdict:
        """Refresh it, whatever comes of that; what went wrong stands in its row afterwards."""
        verdict = await self._verdict(held.binding)
        async with self._db.write(quick=True) as conn:
            counts = await settle(conn, held, verdict)
        if isinstance(verdict, Refreshed | Failed) and verdict.shown is not None:
            await self._release(held.binding, verdict.shown.artifact, counts)
        REFRESHES.labels(verdict.outcome if counts else "overtaken").inc()
        return verdict

    async def variables(self, binding: Binding, resolved: Resolved, data: Any) -> dict[str, Any]:
        """The variables that the data makes. Raises MappingError."""
        names = [one.name for one in resolved.definitions]
        mapped = map_data(data, binding.mapping, binding.defaults, names)
        refuse_foreign(data, mapped)
        return dict(mapped.variables)

    async def _verdict(self, binding: Binding) -> Verdict:
        try:
            return await self._refreshed(binding)
        except _PASSING as error:
            return PutOff(error)
        except PlatenError as error:
            log.info("binding_failed", binding=binding.uid, code=error.code)
            return Failed(error, await self._fallen_back(binding))

    async def _refreshed(self, binding: Binding) -> Refreshed:
        async with self._db.read(quick=True) as conn:
            kept = await read_data(conn, binding.uid)
        got = await self._asked(binding, kept)
        if got.nothing:
            return Refreshed()
        resolved = await self._resolved(binding)
        variables = got.variables
        if variables is None:
            variables = await self.variables(binding, resolved, got.data)
        return Refreshed(
            fetched=got.fetched,
            variables=None if variables == kept.variables else variables,
            etag=got.etag,
            last_modified=got.last_modified,
            shown=await self._shown(binding, resolved, variables),
        )

    async def _asked(self, binding: Binding, kept: BindingData) -> _Got:
        match binding.source.type:
            case "static":
                return _Got(binding.source.data)
            case "webhook" if kept.posted is not None:
                return _Got(kept.posted["body"])
            case "webhook":
                return _Got(variables=binding.defaults, nothing=not binding.defaults)
            case "http":
                return await self._fetched(binding, kept)

    async def _fetched(self, binding: Binding, kept: BindingData) -> _Got:
        said = await self.sources.ask(binding, conditional=kept.variables is not None)
        if said.unchanged:
            etag, changed = said.etag or binding.etag, said.last_modified or binding.last_modified
            return _Got(None, kept.variables, True, etag=etag, last_modified=changed)
        return _Got(said.data, fetched=True, etag=said.etag, last_modified=said.last_modified)

    async def _resolved(self, binding: Binding) -> Resolved:
        return await self._templates.resolve(
            binding.workspace_id,
            binding.template_uid,
            version=binding.version,
            layout=binding.output.layout,
        )

    async def _shown(
        self, binding: Binding, resolved: Resolved, variables: Mapping[str, Any]
    ) -> Shown | None:
        """What it shows from now on; None if that is what it shows already."""
        command = command_of(binding, resolved.version, variables)
        files = await self._renders.kept_files(command, resolved)
        digest = _digest(binding, resolved, files, variables)
        if digest == binding.shown_digest and await self._is_there(binding):
            return None
        async with self._slots:
            done = await self._renders.run(command)
        assert done.artifact is not None
        return Shown(digest, done.artifact, resolved.version)

    async def _is_there(self, binding: Binding) -> bool:
        """Whether its picture still exists: somebody may have deleted it by hand."""
        if binding.artifact_id is None:
            return False
        async with self._db.read(quick=True) as conn:
            return await self._artifacts.lives(conn, binding.artifact_id)

    async def _fallen_back(self, binding: Binding) -> Shown | None:
        """The defaults' picture, where that is what shall be shown after a failure."""
        if binding.refresh.on_error != "serve_default":
            return None
        try:
            return await self._shown(binding, await self._resolved(binding), binding.defaults)
        except PlatenError as error:
            log.info("binding_default_failed", binding=binding.uid, code=error.code)
            return None

    async def _release(self, binding: Binding, made: Artifact, counts: bool) -> None:
        """Delete what nobody shows any more: the former picture, or ours if we were overtaken."""
        gone = binding.artifact_id if counts else made.id
        if gone is None:
            return
        with suppress(NotFoundError, StorageUnavailableError):  # the sweep has it, or nobody
            await self._artifacts.delete(binding.workspace_id, gone)


def command_of(
    binding: Binding, version: int | None, variables: Mapping[str, Any]
) -> RenderCommand:
    """The render of a binding with these variables."""
    output = binding.output
    return RenderCommand(
        workspace_id=binding.workspace_id,
        origin=TemplateRef(binding.template_uid, version, output.layout),
        output=output_for(FORMATS[output.format], quality=output.quality),
        variables=variables,
        width=output.width,
        height=output.height,
        lane="bulk",
        reach=binding.reach,
        wants_bytes=False,
    )


def _digest(
    binding: Binding, resolved: Resolved, files: KeptFiles, variables: Mapping[str, Any]
) -> str:
    """Of all that the picture depends on; some sources write members in another order each time."""
    parts = [resolved.uid, resolved.digest, resolved.layout, files, binding.output, variables]
    return hashlib.sha256(canonical(parts, sort=True)).hexdigest()
