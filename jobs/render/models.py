"""The table of renders: one row per kept artifact that a render made."""

from sqlalchemy import JSON, BigInteger, Column, Float, ForeignKey, Index, Integer, Table, Text

from core.database import metadata

__all__ = ["renders"]

renders = Table(
    "renders",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    Column("kind", Text, nullable=False, comment="image | gif | pdf"),
    # The row goes with its artifact, whoever deletes that: retention, expiry or the caller.
    Column(
        "artifact_id",
        Text,
        ForeignKey("artifacts.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("render_key", Text, nullable=False),
    Column("template_uid", Text),
    Column("version", Integer),
    Column("layout", Text),
    Column("batch_id", Text),
    Column("item_index", Integer),
    Column("width", Integer, nullable=False, comment="px, or pt for documents"),
    Column("height", Integer, nullable=False),
    Column("pages", Integer),
    Column("frames", Integer),
    Column("duration_ms", Integer),
    Column("frames_per_second", Float),
    Column("warnings", JSON, nullable=False),
    Column("timings", JSON, nullable=False, comment="step -> ms"),
    Column("engine", Text, nullable=False),
    Column(
        "assets",
        JSON(none_as_null=True),
        comment="[[url, headers, digest]] that it used; NULL: never recalled",
    ),
    Column("now_us", BigInteger, comment="the moment that it shows; NULL: it shows none"),
    Column("created_us", BigInteger, nullable=False),
    Index(None, "workspace_id", "created_us"),
)

Index(
    "ix_renders_recall",
    renders.c.workspace_id,
    renders.c.render_key,
    renders.c.created_us,
    sqlite_where=renders.c.assets.is_not(None),
    postgresql_where=renders.c.assets.is_not(None),
)

Index(
    "ix_renders_item",
    renders.c.batch_id,
    renders.c.item_index,
    sqlite_where=renders.c.batch_id.is_not(None),
    postgresql_where=renders.c.batch_id.is_not(None),
)
