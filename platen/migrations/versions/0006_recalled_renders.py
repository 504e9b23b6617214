"""recalled renders"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("artifacts", schema=None) as batch_op:
        batch_op.create_index("ix_artifacts_object_key", ["object_key"], unique=False)

    with op.batch_alter_table("renders", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "assets",
                sa.JSON(none_as_null=True),
                nullable=True,
                comment="[[url, headers, digest]] that it used; NULL: never recalled",
            )
        )
        batch_op.add_column(
            sa.Column(
                "now_us",
                sa.BigInteger(),
                nullable=True,
                comment="the moment that it shows; NULL: it shows none",
            )
        )
        batch_op.create_index(
            "ix_renders_item",
            ["batch_id", "item_index"],
            unique=False,
            sqlite_where=sa.text("batch_id IS NOT NULL"),
            postgresql_where=sa.text("batch_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_renders_recall",
            ["workspace_id", "render_key", "created_us"],
            unique=False,
            sqlite_where=sa.text("assets IS NOT NULL"),
            postgresql_where=sa.text("assets IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("renders", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_renders_recall",
            sqlite_where=sa.text("assets IS NOT NULL"),
            postgresql_where=sa.text("assets IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_renders_item",
            sqlite_where=sa.text("batch_id IS NOT NULL"),
            postgresql_where=sa.text("batch_id IS NOT NULL"),
        )
        batch_op.drop_column("now_us")
        batch_op.drop_column("assets")

    with op.batch_alter_table("artifacts", schema=None) as batch_op:
        batch_op.drop_index("ix_artifacts_object_key")
