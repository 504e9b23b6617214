"""sessions of keys"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "key_sessions",
        sa.Column(
            "token_sha256", sa.Text(), nullable=False, comment="of what stands in for the key"
        ),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["api_keys.id"], name=op.f("fk_key_sessions_key_id_api_keys")
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_key_sessions")),
    )
    with op.batch_alter_table("key_sessions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_key_sessions_expires_us"), ["expires_us"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("key_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_key_sessions_expires_us"))

    op.drop_table("key_sessions")
