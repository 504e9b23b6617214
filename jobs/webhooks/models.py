"""The tables of subscriptions, deliveries (one event for one subscription), attempts, endpoints."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

from core.database import metadata

__all__ = ["deliveries", "delivery_attempts", "endpoints", "is_unfinished", "subscriptions"]

subscriptions = Table(
    "webhook_subscriptions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    Column("events", Text, nullable=False, comment="types between spaces, a space at both ends"),
    Column("target_url", Text, nullable=False),
    Column(
        "endpoint",
        Text,
        nullable=False,
        server_default="",
        index=True,
        comment="of workspace and target_url",
    ),
    Column("platform", Text),
    Column("filters", JSON, nullable=False),
    Column("batch_id", Text, comment="a batch's own webhookUrl; not listed"),
    Column("status", Text, nullable=False, comment="active | paused | ended"),
    Column("reason", Text, comment="why it ended"),
    Column("secret", Text, nullable=False),
    Column("previous_secret", Text),
    Column("previous_until_us", BigInteger, comment="until then both secrets sign"),
    Column("delivery_count", Integer, nullable=False, default=0),
    Column("failure_count", Integer, nullable=False, default=0),
    Column("last_delivery_us", BigInteger),
    Column("last_delivery_status", Integer),
    Column("created_us", BigInteger, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
    Index("ix_webhook_subscriptions_workspace_status", "workspace_id", "status"),
)

deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "subscription_id",
        Text,
        ForeignKey("webhook_subscriptions.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    Column("endpoint", Text, nullable=False, server_default="", comment="its subscription's"),
    Column("event_id", Text, nullable=False, comment="also the webhook-id of every try"),
    Column("event_type", Text, nullable=False),
    Column("body", Text, nullable=False, comment="the exact text that is signed and sent"),
    Column("state", Text, nullable=False, comment="waiting | sending | delivered | exhausted"),
    Column("attempt", Integer, nullable=False, default=0),
    Column("next_us", BigInteger, nullable=False),
    Column("lease_token", Text),
    Column("lease_until_us", BigInteger),
    Column("created_us", BigInteger, nullable=False),
    Column("finished_us", BigInteger),
    UniqueConstraint("event_id", "subscription_id"),
    Index("ix_webhook_deliveries_subscription_created", "subscription_id", "created_us"),
)


def is_unfinished(of: Any = deliveries) -> ColumnElement[bool]:
    """Neither delivered nor given up; `of` is the table or an alias of it."""
    # Written out: SQLite takes a partial index for no bound parameter.
    return of.c.state.in_((literal_column("'waiting'"), literal_column("'sending'")))


# What is due, endpoint by endpoint: a hundred thousand deliveries for one are passed over at once.
Index(
    "ix_webhook_deliveries_due",
    deliveries.c.endpoint,
    deliveries.c.next_us,
    sqlite_where=is_unfinished(),
    postgresql_where=is_unfinished(),
)

delivery_attempts = Table(
    "webhook_attempts",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "delivery_id",
        Text,
        ForeignKey("webhook_deliveries.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("number", Integer, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("status", Integer, comment="of the answer; NULL: there was none"),
    Column("error", Text),
    Column("answer", Text, comment="the beginning of the answer's body"),
    Column("target_url", Text, comment="where it was sent"),
    Column("headers", JSON(none_as_null=True), comment="what was sent, signatures hidden"),
    Column("answer_headers", JSON(none_as_null=True), comment="the first of them, cut"),
    Column("duration_ms", Integer, nullable=False),
)

endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", Text, primary_key=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    Column("failures", Integer, nullable=False, comment="in a row"),
    Column("failing_since_us", BigInteger, nullable=False),
    Column("rest_until_us", BigInteger, nullable=False, comment="until then nothing is sent"),
    Column("updated_us", BigInteger, nullable=False, index=True),
)
