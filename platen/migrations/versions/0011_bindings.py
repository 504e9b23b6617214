"""bindings"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bindings",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("hook", sa.Text(), nullable=False, comment="the token of its webhook's URL"),
        sa.Column("template_uid", sa.Text(), nullable=False),
        sa.Column(
            "version", sa.Integer(), nullable=True, comment="pinned; NULL: the published one"
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.JSON(), nullable=False, comment="type, url, method, headers, body"),
        sa.Column(
            "secret",
            sa.Text(),
            nullable=True,
            comment="sealed: credentials, and headers that hold secrets",
        ),
        sa.Column("credentials_type", sa.Text(), nullable=True),
        sa.Column(
            "host",
            sa.Text(),
            nullable=True,
            comment="whose requests it shares; NULL: it asks nobody",
        ),
        sa.Column(
            "reach",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="of the key that saved it; NULL: public",
        ),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("defaults", sa.JSON(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False, comment="ttl | etag | webhook | manual"),
        sa.Column("ttl_seconds", sa.Integer(), nullable=False),
        sa.Column("on_error", sa.Text(), nullable=False),
        sa.Column(
            "output", sa.JSON(), nullable=False, comment="format, quality, width, height, layout"
        ),
        sa.Column("status", sa.Text(), nullable=False, comment="active | paused | error"),
        sa.Column(
            "requested", sa.Integer(), nullable=False, comment="how often a refresh was asked for"
        ),
        sa.Column(
            "next_us",
            sa.BigInteger(),
            nullable=True,
            comment="when it is due; NULL: when somebody asks",
        ),
        sa.Column("lease_token", sa.Text(), nullable=True),
        sa.Column("lease_until_us", sa.BigInteger(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True, comment="of the source's last answer"),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column(
            "shown_digest", sa.Text(), nullable=True, comment="of all that the artifact shows"
        ),
        sa.Column("artifact_id", sa.Text(), nullable=True),
        sa.Column("error_count", sa.Integer(), nullable=False, comment="failures in a row"),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_fetch_us", sa.BigInteger(), nullable=True),
        sa.Column("last_render_us", sa.BigInteger(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_uid"], ["templates.uid"], name=op.f("fk_bindings_template_uid_templates")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_bindings_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_bindings")),
        sa.UniqueConstraint("hook", name=op.f("uq_bindings_hook")),
    )
    with op.batch_alter_table("bindings", schema=None) as batch_op:
        batch_op.create_index(
            "ix_bindings_next_us",
            ["next_us"],
            unique=False,
            sqlite_where=sa.text("next_us IS NOT NULL"),
            postgresql_where=sa.text("next_us IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_bindings_template_uid"), ["template_uid"], unique=False
        )
        batch_op.create_index(
            "ix_bindings_workspace_id_created_us", ["workspace_id", "created_us"], unique=False
        )

    op.create_table(
        "binding_data",
        sa.Column("binding_uid", sa.Text(), nullable=False),
        sa.Column(
            "variables",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="of the last data that was sound",
        ),
        sa.Column(
            "posted",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="{body}: what its webhook was fed with",
        ),
        sa.ForeignKeyConstraint(
            ["binding_uid"],
            ["bindings.uid"],
            name=op.f("fk_binding_data_binding_uid_bindings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("binding_uid", name=op.f("pk_binding_data")),
    )


def downgrade() -> None:
    op.drop_table("binding_data")
    with op.batch_alter_table("bindings", schema=None) as batch_op:
        batch_op.drop_index("ix_bindings_workspace_id_created_us")
        batch_op.drop_index(batch_op.f("ix_bindings_template_uid"))
        batch_op.drop_index(
            "ix_bindings_next_us",
            sqlite_where=sa.text("next_us IS NOT NULL"),
            postgresql_where=sa.text("next_us IS NOT NULL"),
        )

    op.drop_table("bindings")
