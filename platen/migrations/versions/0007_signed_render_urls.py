"""signed render URLs"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "render_tokens",
        sa.Column("digest", sa.Text(), nullable=False, comment="SHA-256 of the token"),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column(
            "subject", sa.Text(), nullable=False, comment="path and query that it opens, once"
        ),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_render_tokens_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_render_tokens")),
    )
    with op.batch_alter_table("render_tokens", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_render_tokens_expires_us"), ["expires_us"], unique=False
        )

    op.create_table(
        "signing_keys",
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False, comment="of the HMAC over render URLs"),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_signing_keys_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_signing_keys")),
    )


def downgrade() -> None:

    op.drop_table("signing_keys")
    with op.batch_alter_table("render_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_render_tokens_expires_us"))

    op.drop_table("render_tokens")
