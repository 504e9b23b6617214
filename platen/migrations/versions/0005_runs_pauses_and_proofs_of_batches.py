"""runs, pauses and proofs of batches"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("batch_items", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "variables",
                sa.JSON(none_as_null=True),
                nullable=True,
                comment="of a mended item, instead of its row's",
            )
        )
        batch_op.add_column(
            sa.Column(
                "losses",
                sa.Integer(),
                server_default="0",
                nullable=False,
                comment="workers lost with it",
            )
        )
        batch_op.create_index(
            "ix_batch_items_lone",
            ["batch_id"],
            unique=False,
            sqlite_where=sa.text("state = 'pending' AND losses > 0"),
            postgresql_where=sa.text("state = 'pending' AND losses > 0"),
        )

    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "priority",
                sa.Integer(),
                server_default="0",
                nullable=False,
                comment="higher goes first",
            )
        )
        batch_op.add_column(
            sa.Column(
                "stop_after",
                sa.Integer(),
                nullable=True,
                comment="equal failures in a row that end the batch",
            )
        )
        batch_op.add_column(
            sa.Column(
                "streak",
                sa.Integer(),
                server_default="0",
                nullable=False,
                comment="equal failures so far",
            )
        )
        batch_op.add_column(sa.Column("streak_code", sa.Text(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "proof",
                sa.JSON(none_as_null=True),
                nullable=True,
                comment="indexes rendered before the yes",
            )
        )
        batch_op.add_column(
            sa.Column(
                "held",
                sa.Boolean(),
                server_default=sa.false(),
                nullable=False,
                comment="the yes is missing",
            )
        )
        batch_op.add_column(sa.Column("paused_us", sa.BigInteger(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "run",
                sa.Integer(),
                server_default="1",
                nullable=False,
                comment="more by retry and mending",
            )
        )
        batch_op.add_column(
            sa.Column(
                "run_us",
                sa.BigInteger(),
                nullable=True,
                comment="since when this run has been working",
            )
        )
        batch_op.add_column(
            sa.Column(
                "run_base",
                sa.Integer(),
                server_default="0",
                nullable=False,
                comment="ended before it",
            )
        )
        batch_op.add_column(
            sa.Column(
                "expires_us",
                sa.BigInteger(),
                nullable=True,
                comment="when all of it is swept; set at its end",
            )
        )
        batch_op.create_index("ix_batches_expires", ["expires_us"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("batches", schema=None) as batch_op:
        batch_op.drop_index("ix_batches_expires")
        batch_op.drop_column("expires_us")
        batch_op.drop_column("run_base")
        batch_op.drop_column("run_us")
        batch_op.drop_column("run")
        batch_op.drop_column("paused_us")
        batch_op.drop_column("held")
        batch_op.drop_column("proof")
        batch_op.drop_column("streak_code")
        batch_op.drop_column("streak")
        batch_op.drop_column("stop_after")
        batch_op.drop_column("priority")

    with op.batch_alter_table("batch_items", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_batch_items_lone",
            sqlite_where=sa.text("state = 'pending' AND losses > 0"),
            postgresql_where=sa.text("state = 'pending' AND losses > 0"),
        )
        batch_op.drop_column("losses")
        batch_op.drop_column("variables")
