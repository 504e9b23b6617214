"""assets and the templates that name them"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "assets",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="what templates call it"),
        sa.Column("kind", sa.Text(), nullable=False, comment="image | font | data"),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False, comment="SHA-256 of the bytes"),
        sa.Column("object_key", sa.Text(), nullable=False, comment="its place in the store"),
        sa.Column("facts", sa.JSON(), nullable=False, comment="pixels; family, weight and style"),
        sa.Column(
            "focus",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="[x, y] of what matters; NULL: the middle",
        ),
        sa.Column(
            "tags", sa.Text(), nullable=False, comment="tags between unit separators, for filters"
        ),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_assets_workspace_id_workspaces")
        ),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_assets")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_assets_workspace_id_name")),
    )
    with op.batch_alter_table("assets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assets_object_key"), ["object_key"], unique=False)
        batch_op.create_index(
            "ix_assets_workspace_id_digest", ["workspace_id", "digest"], unique=False
        )

    op.create_table(
        "template_assets",
        sa.Column("template_uid", sa.Text(), nullable=False),
        sa.Column(
            "number", sa.Integer(), autoincrement=False, nullable=False, comment="the version"
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="of the asset that its sources name"),
        sa.Column("workspace_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_uid"],
            ["templates.uid"],
            name=op.f("fk_template_assets_template_uid_templates"),
        ),
        sa.PrimaryKeyConstraint("template_uid", "number", "name", name=op.f("pk_template_assets")),
    )
    with op.batch_alter_table("template_assets", schema=None) as batch_op:
        batch_op.create_index(
            "ix_template_assets_workspace_id_name", ["workspace_id", "name"], unique=False
        )


def downgrade() -> None:

    with op.batch_alter_table("template_assets", schema=None) as batch_op:
        batch_op.drop_index("ix_template_assets_workspace_id_name")

    op.drop_table("template_assets")
    with op.batch_alter_table("assets", schema=None) as batch_op:
        batch_op.drop_index("ix_assets_workspace_id_digest")
        batch_op.drop_index(batch_op.f("ix_assets_object_key"))

    op.drop_table("assets")
