import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import event

from core.database import Database
from core.errors import ConflictError, NotFoundError
from core.listing import Window
from core.workspaces import Workspaces
from renderer.compose.errors import TemplateLimitError, TemplateSyntaxError
from renderer.composing import Composing
from renderer.jail import Jail
from renderer.jail_settings import JailSettings
from templates_store.layouts import Layout
from templates_store.rows import TemplateQuery
from templates_store.settings import TemplateSettings
from templates_store.template import NewTemplate, OutputFormat, TemplatePatch, TemplateState
from templates_store.templates import Templates
from templates_store.variables import VariableDefinition
from tests.support.site import until

STATE = TemplateState(
    html="<p>{{ title }}</p>",
    width=800,
    height=400,
    definitions=(VariableDefinition("title", default="x"),),
    layouts={"story": Layout(1080, 1920, "Story", "<b>{{ claim }}</b><script>1</script>")},
)
FORMATS: tuple[OutputFormat, ...] = ("image", "gif", "pdf")
NEW = NewTemplate(state=STATE, name="Card")


@pytest.fixture
def templates(db: Database, composer: Composing) -> Templates:
    return Templates(db, composer.analyse)


def patched(**state: object) -> TemplatePatch:
    return TemplatePatch(state=state)


async def test_a_version_comes_back_exactly_and_never_changes(
    templates: Templates, db: Database, composer: Composing, workspace: str
) -> None:
    made = await templates.create(workspace, NEW, "key")
    assert made.added_variables == ("claim",)
    assert made.state.layouts["story"].javascript is True
    assert made.state.javascript is False
    fresh = Templates(db, composer.analyse)
    assert (await fresh.get(workspace, made.uid)).state == made.state
    before = await fresh.resolve(workspace, made.uid, version=1)
    await templates.update(workspace, made.uid, patched(html="changed", width=1), "key")
    assert await Templates(db, composer.analyse).resolve(workspace, made.uid, version=1) == before


async def test_sources_that_take_long_to_read_cost_another_workspace_a_turn(
    db: Database, workspace: str
) -> None:
    jail = Jail(JailSettings(jail_compose_children=1, jail_compose_seconds=0.5))
    here = Templates(db, Composing(jail).analyse)
    other, ended = (await Workspaces(db).create("another")).id, list[str]()

    async def save(whose: str, html: str) -> None:
        with suppress(TemplateLimitError):
            await here.create(whose, NewTemplate(state=TemplateState(html=html)), "key")
        ended.append(whose)

    heavy = [asyncio.create_task(save(other, "{{ a }}" * 60_000)) for _ in range(6)]
    await until(lambda: jail.waiting == 5)
    await save(workspace, "<p>light")
    assert ended.count(other) <= 4
    await asyncio.gather(*heavy)
    await jail.close()


async def test_resolve_takes_the_published_version_and_sees_a_new_one_at_once(
    templates: Templates, workspace: str
) -> None:
    uid = (await templates.create(workspace, NEW, "key")).uid
    assert (await templates.resolve(workspace, uid)).version == 1
    await templates.update(workspace, uid, patched(html="two"), "key")
    assert (await templates.resolve(workspace, uid)).source == "two"
    await templates.update(workspace, uid, replace(patched(html="three"), draft=True), "key")
    assert (await templates.resolve(workspace, uid)).source == "two"
    assert (await templates.resolve(workspace, uid, version="draft")).source == "three"
    await templates.publish(workspace, uid, 1)
    found = await templates.resolve(workspace, uid, layout="story")
    assert (found.version, found.width, found.javascript) == (1, 1080, True)


async def test_a_warm_resolve_asks_the_database_nothing(
    templates: Templates, db: Database, workspace: str
) -> None:
    uid = (await templates.create(workspace, NEW, "key")).uid
    await templates.resolve(workspace, uid)
    statements: list[str] = []
    for engine in {db._reader.sync_engine, db._writer.sync_engine}:
        event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    for layout in (None, "story", "no-such"):
        await templates.resolve(workspace, uid, layout=layout)
    assert statements == []


async def test_what_another_process_published_is_seen_when_the_memory_ends(
    db: Database, composer: Composing, workspace: str
) -> None:
    here = Templates(db, composer.analyse, TemplateSettings(template_cache_seconds=0))
    there = Templates(db, composer.analyse)
    uid = (await here.create(workspace, NEW, "key")).uid
    assert (await here.resolve(workspace, uid)).version == 1
    await there.update(workspace, uid, patched(html="two"), "key")
    assert (await here.resolve(workspace, uid)).version == 2


async def test_concurrent_updates_are_all_kept_each_as_its_own_version(
    templates: Templates, workspace: str
) -> None:
    uid = (await templates.create(workspace, NEW, "key")).uid
    changes = [patched(width=901), patched(height=902), patched(output_format="gif")]
    saved = await asyncio.gather(
        *(templates.update(workspace, uid, change, "key") for change in changes)
    )
    assert sorted(one.version for one in saved) == [2, 3, 4]
    state = (await templates.get(workspace, uid)).state
    assert (state.width, state.height, state.output_format) == (901, 902, "gif")


async def test_of_two_that_know_the_same_version_one_is_refused(
    templates: Templates, workspace: str
) -> None:
    uid = (await templates.create(workspace, NEW, "key")).uid
    outcomes = await asyncio.gather(
        *(
            templates.update(workspace, uid, patched(width=width), "key", if_match=1)
            for width in (1, 2)
        ),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["ConflictError", "Template"]


async def test_a_refused_change_leaves_nothing(templates: Templates, workspace: str) -> None:
    uid = (await templates.create(workspace, NEW, "key")).uid
    with pytest.raises(TemplateSyntaxError):
        await templates.update(workspace, uid, patched(html="{% if %}"), "key")
    with pytest.raises(TemplateSyntaxError):
        await templates.create(workspace, replace(NEW, state=replace(STATE, html="{{")), "key")
    assert (await templates.list(workspace))[1] == 1
    assert (await templates.versions(workspace, uid))[1] == 1


async def test_T08_a_pinned_version_outlives_its_template(
    templates: Templates, workspace: str
) -> None:
    uid = (await templates.create(workspace, NEW, "key")).uid
    await templates.delete(workspace, uid)
    for call in (
        templates.resolve(workspace, uid, version=1),
        templates.get(workspace, uid),
        templates.update(workspace, uid, patched(width=1), "key"),
        templates.delete(workspace, uid),
        templates.publish(workspace, uid, 1),
    ):
        with pytest.raises(NotFoundError):
            await call
    assert (await templates.resolve(workspace, uid, version=1, even_deleted=True)).width == 800
    with pytest.raises(NotFoundError):
        await templates.resolve(workspace, uid, version=1)


async def test_a_variable_that_left_the_source_leaves_the_definitions(
    templates: Templates, workspace: str
) -> None:
    uid = (await templates.create(workspace, NEW, "key")).uid
    changed = await templates.update(workspace, uid, patched(html="{{ other }}"), "key")
    names = [definition.name for definition in changed.state.definitions]
    assert names == ["title", "other", "claim"]
    assert changed.added_variables == ("other",)


async def test_a_guess_that_was_sent_back_stays_a_guess(
    templates: Templates, workspace: str
) -> None:
    made = await templates.create(workspace, NEW, "key")
    sent = tuple(replace(one, declared=True) for one in made.state.definitions)
    changed = await templates.update(workspace, made.uid, patched(definitions=sent), "key")
    assert [one.declared for one in changed.state.definitions] == [True, False]


async def test_js_enabled_overrules_the_source(templates: Templates, workspace: str) -> None:
    state = replace(STATE, js_enabled=False)
    made = await templates.create(workspace, replace(NEW, state=state), "key")
    assert made.state.layouts["story"].javascript is False
    changed = await templates.update(workspace, made.uid, patched(js_enabled=None), "key")
    assert changed.state.layouts["story"].javascript is True


async def test_publishing_what_has_moved_is_refused(templates: Templates, workspace: str) -> None:
    uid = (await templates.create(workspace, NEW, "key")).uid
    await templates.update(workspace, uid, patched(width=1), "key")
    with pytest.raises(ConflictError):
        await templates.publish(workspace, uid, 1, expected=1)
    with pytest.raises(NotFoundError):
        await templates.publish(workspace, uid, 2**40)
    restored = await templates.restore(workspace, uid, 1, "key")
    assert (restored.version, restored.state) == (3, (await templates.get(workspace, uid, 1)).state)


async def test_the_same_source_is_kept_once_per_workspace(
    templates: Templates, db: Database, workspace: str
) -> None:
    other = (await Workspaces(db).create("other")).id
    for place in (workspace, workspace, other):
        await templates.create(place, NEW, "key")
    async with db.read() as conn:
        rows = (await conn.exec_driver_sql("SELECT workspace_id, digest FROM blobs")).all()
    assert len([row for row in rows if row[0] == workspace]) == 2
    assert len([row for row in rows if row[0] == other]) == 2


async def test_a_list_is_filtered_by_the_version_that_it_shows(
    templates: Templates, workspace: str
) -> None:
    uid = (await templates.create(workspace, NEW, "key")).uid

    async def listed() -> dict[str, int]:
        found: dict[str, int] = {}
        for asked in FORMATS:
            query = TemplateQuery(output_format=asked)
            items, found[asked] = await templates.list(workspace, query)
            assert [item.state.output_format for item in items] == [asked] * found[asked]
        return found

    draft = TemplatePatch(state={"output_format": "gif"}, draft=True)
    await templates.update(workspace, uid, draft, "key")
    assert await listed() == {"image": 1, "gif": 0, "pdf": 0}
    await templates.update(workspace, uid, patched(output_format="pdf"), "key")
    assert await listed() == {"image": 0, "gif": 0, "pdf": 1}
    await templates.publish(workspace, uid, 2)
    assert await listed() == {"image": 0, "gif": 1, "pdf": 0}


async def test_lists_never_mix_workspaces(
    templates: Templates, db: Database, workspace: str
) -> None:
    other = (await Workspaces(db).create("other")).id
    await templates.create(other, NEW, "key")
    for query in (
        TemplateQuery(),
        TemplateQuery(q="card"),
        TemplateQuery(window=Window(offset=60), q="%_\\"),
    ):
        assert await templates.list(workspace, query) == ([], 0)
