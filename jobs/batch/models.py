"""The tables of batches, their items, and the chunks in which their rows are kept.

A batch counts what has ended in `completed`, `failed` and `cancelled`; everything else of `total`
is waiting or running. The counters change in the same transaction as the items, so they add up
at every moment.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    and_,
    false,
    literal_column,
)

from core.database import metadata

__all__ = [
    "batch_chunks",
    "batch_items",
    "batches",
    "is_lone",
    "is_open",
    "is_pending",
    "is_running",
    "is_sound",
    "is_unswept",
]

batches = Table(
    "batches",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    Column("template_uid", Text, nullable=False),
    Column("version", Integer, nullable=False, comment="pinned at acceptance"),
    Column("state", Text, nullable=False),
    Column("accepting", Boolean, nullable=False, comment="rows are still arriving"),
    Column("opened_us", BigInteger, comment="NULL: its caller has no answer yet"),
    Column("accept_until_us", BigInteger, comment="the lease of who makes items of its rows"),
    Column("options", JSON, nullable=False, comment="of every item: ItemOptions"),
    Column("source", JSON, nullable=False, comment="where the rows come from: RowSource"),
    Column("concurrency", Integer),
    Column("on_error", Text, nullable=False, comment="continue | stop"),
    Column("labels", JSON, nullable=False, comment="the caller's metadata"),
    Column("filename", Text),
    Column("total", Integer, nullable=False, default=0),
    Column("completed", Integer, nullable=False, default=0),
    Column("failed", Integer, nullable=False, default=0),
    Column("cancelled", Integer, nullable=False, default=0),
    Column("sequence", Integer, nullable=False, default=0, comment="of its last event"),
    Column("announced", Integer, nullable=False, default=0, comment="last progress told, in %"),
    Column("code", Text, comment="why the batch as a whole failed"),
    Column("error", Text),
    Column("cancel_requested_us", BigInteger),
    Column("swept_us", BigInteger, comment="when all items' states had followed the end"),
    Column("priority", Integer, nullable=False, server_default="0", comment="higher goes first"),
    Column("stop_after", Integer, comment="equal failures in a row that end the batch"),
    Column("streak", Integer, nullable=False, server_default="0", comment="equal failures so far"),
    Column("streak_code", Text),
    Column("proof", JSON(none_as_null=True), comment="indexes rendered before the yes"),
    Column("held", Boolean, nullable=False, server_default=false(), comment="the yes is missing"),
    Column("paused_us", BigInteger),
    Column("run", Integer, nullable=False, server_default="1", comment="more by retry and mending"),
    Column("run_us", BigInteger, comment="since when this run has been working"),
    Column("run_base", Integer, nullable=False, server_default="0", comment="ended before it"),
    Column("expires_us", BigInteger, comment="when all of it is swept; set at its end"),
    Column("created_us", BigInteger, nullable=False),
    Column("started_us", BigInteger),
    Column("finished_us", BigInteger),
    Index("ix_batches_workspace_created", "workspace_id", "created_us"),
    Index("ix_batches_expires", "expires_us"),
)

# Conditions with their values written out: SQLite takes a partial index for no bound parameter.
is_open = batches.c.state.in_((literal_column("'pending'"), literal_column("'processing'")))
is_unswept = and_(batches.c.finished_us.is_not(None), batches.c.swept_us.is_(None))
Index("ix_batches_open", batches.c.created_us, sqlite_where=is_open, postgresql_where=is_open)
Index("ix_batches_unswept", batches.c.id, sqlite_where=is_unswept, postgresql_where=is_unswept)

batch_items = Table(
    "batch_items",
    metadata,
    Column("batch_id", Text, ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True),
    Column("item_index", Integer, primary_key=True, autoincrement=False),
    Column("row_number", Integer, nullable=False, comment="from 0, in the source"),
    Column("layout", Text),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False, default=0),
    Column("ready_us", BigInteger, nullable=False, default=0, comment="not to be taken before"),
    Column("variables", JSON(none_as_null=True), comment="of a mended item, instead of its row's"),
    Column("losses", Integer, nullable=False, server_default="0", comment="workers lost with it"),
    Column("lease_token", Text, comment="owner and a random part; only its holder may write"),
    Column("lease_until_us", BigInteger),
    Column("code", Text),
    Column("error", Text),
    Column("render_id", Text),
    Column("artifact_id", Text),
    Column("url", Text),
    Column("format", Text),
    Column("width", Integer),
    Column("height", Integer),
    Column("pages", Integer),
    Column("size", BigInteger),
    Column("warnings", JSON),
    Column("started_us", BigInteger),
    Column("finished_us", BigInteger),
)

is_pending = batch_items.c.state == literal_column("'pending'")
is_running = batch_items.c.state == literal_column("'running'")
Index(
    "ix_batch_items_pending",
    batch_items.c.batch_id,
    batch_items.c.item_index,
    sqlite_where=is_pending,
    postgresql_where=is_pending,
)
Index(
    "ix_batch_items_running",
    batch_items.c.batch_id,
    batch_items.c.lease_until_us,
    sqlite_where=is_running,
    postgresql_where=is_running,
)

is_sound = and_(is_pending, batch_items.c.losses == literal_column("0"))
is_lone = and_(is_pending, batch_items.c.losses > literal_column("0"))
Index(
    "ix_batch_items_lone",
    batch_items.c.batch_id,
    sqlite_where=is_lone,
    postgresql_where=is_lone,
)

batch_chunks = Table(
    "batch_chunks",
    metadata,
    Column("batch_id", Text, ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False, comment="of a blob: a JSON list of rows"),
    Column("rows", Integer, nullable=False),
)
