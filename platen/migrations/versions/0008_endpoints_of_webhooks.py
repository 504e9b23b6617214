"""endpoints of webhooks: circuit breaker; what tries sent"""

import hashlib
from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_UNFINISHED = sa.text("state IN ('waiting', 'sending')")


def upgrade() -> None:

    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False, comment="in a row"),
        sa.Column("failing_since_us", sa.BigInteger(), nullable=False),
        sa.Column(
            "rest_until_us", sa.BigInteger(), nullable=False, comment="until then nothing is sent"
        ),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_webhook_endpoints_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_index(op.f("ix_webhook_endpoints_updated_us"), "webhook_endpoints", ["updated_us"])

    op.add_column(
        "webhook_attempts", sa.Column("target_url", sa.Text(), comment="where it was sent")
    )
    op.add_column(
        "webhook_attempts",
        sa.Column("headers", sa.JSON(), comment="what was sent, signatures hidden"),
    )
    op.add_column(
        "webhook_attempts",
        sa.Column("answer_headers", sa.JSON(), comment="the first of them, cut"),
    )

    # With a default, since SQLite would otherwise make the tables anew, and lose what hangs on them.
    for table, comment in (
        ("webhook_subscriptions", "of workspace and target_url"),
        ("webhook_deliveries", "its subscription's"),
    ):
        column = sa.Column(
            "endpoint", sa.Text(), nullable=False, server_default="", comment=comment
        )
        op.add_column(table, column)
    _fill()
    op.create_index(
        op.f("ix_webhook_subscriptions_endpoint"), "webhook_subscriptions", ["endpoint"]
    )
    op.drop_index("ix_webhook_deliveries_due", table_name="webhook_deliveries")
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["endpoint", "next_us"],
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    )


def _fill() -> None:
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("SELECT id, workspace_id, target_url FROM webhook_subscriptions")
    )
    for uid, workspace_id, url in rows.all():
        for table, column in (
            ("webhook_subscriptions", "id"),
            ("webhook_deliveries", "subscription_id"),
        ):
            connection.execute(
                sa.text(f"UPDATE {table} SET endpoint = :endpoint WHERE {column} = :uid"),  # noqa: S608 - both names stand above
                {"endpoint": _endpoint(workspace_id, url), "uid": uid},
            )


def _endpoint(workspace_id: str, url: str) -> str:
    parts = urlsplit(url)
    place = f"{workspace_id} {parts.scheme}://{parts.netloc}{parts.path}"
    return hashlib.sha256(place.encode()).hexdigest()[:32]


def downgrade() -> None:

    op.drop_index("ix_webhook_deliveries_due", table_name="webhook_deliveries")
    op.drop_column("webhook_deliveries", "endpoint")
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["next_us"],
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    )
    op.drop_index(op.f("ix_webhook_subscriptions_endpoint"), table_name="webhook_subscriptions")
    op.drop_column("webhook_subscriptions", "endpoint")
    for name in ("answer_headers", "headers", "target_url"):
        op.drop_column("webhook_attempts", name)
    op.drop_table("webhook_endpoints")
