"""The tables of templates, of their immutable versions and assets, and of what opens URLs."""

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
    UniqueConstraint,
)

from core.database import metadata

__all__ = [
    "assets",
    "render_tokens",
    "signing_keys",
    "template_assets",
    "template_versions",
    "templates",
]

templates = Table(
    "templates",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("engine", Text, nullable=False, comment="html | fabric; never changes"),
    Column("output_format", Text, nullable=False, comment="the newest version's, for filters"),
    Column("tags", Text, nullable=False, comment="tags between unit separators, for filters"),
    Column("auto_publish", Boolean, nullable=False),
    Column("latest_version", Integer, nullable=False, comment="the draft, when not published"),
    Column("published_version", Integer),
    Column("created_us", BigInteger, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
    Column("deleted_us", BigInteger),
    Index("ix_templates_workspace_id_created_us", "workspace_id", "created_us"),
)

template_versions = Table(
    "template_versions",
    metadata,
    Column("template_uid", Text, ForeignKey("templates.uid"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("workspace_id", Text, nullable=False),
    Column("digest", Text, nullable=False, comment="SHA-256 over source and settings"),
    Column("source_digest", Text, nullable=False, comment="the body's blob"),
    Column("settings", JSON, nullable=False, comment="size, definitions, layouts, flags"),
    Column("author", Text, nullable=False, comment="the key that saved it"),
    Column("note", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("workspace_id", Text, ForeignKey("workspaces.id"), primary_key=True),
    Column("secret", Text, nullable=False, comment="of the HMAC over render URLs"),
    Column("created_us", BigInteger, nullable=False),
)

render_tokens = Table(
    "render_tokens",
    metadata,
    Column("digest", Text, primary_key=True, comment="SHA-256 of the token"),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    Column("subject", Text, nullable=False, comment="path and query that it opens, once"),
    Column("expires_us", BigInteger, nullable=False, index=True),
)

assets = Table(
    "assets",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("workspace_id", Text, ForeignKey("workspaces.id"), nullable=False),
    Column("name", Text, nullable=False, comment="what templates call it"),
    Column("kind", Text, nullable=False, comment="image | font | data"),
    Column("media_type", Text, nullable=False),
    Column("extension", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", Text, nullable=False, comment="SHA-256 of the bytes"),
    # Assets of the same bytes share one object: it goes with the last of them.
    Column("object_key", Text, nullable=False, index=True, comment="its place in the store"),
    Column("facts", JSON, nullable=False, comment="pixels; family, weight and style"),
    Column("focus", JSON(none_as_null=True), comment="[x, y] of what matters; NULL: the middle"),
    Column("tags", Text, nullable=False, comment="tags between unit separators, for filters"),
    Column("created_us", BigInteger, nullable=False),
    Column("updated_us", BigInteger, nullable=False),
    UniqueConstraint("workspace_id", "name"),
    Index("ix_assets_workspace_id_digest", "workspace_id", "digest"),
)

template_assets = Table(
    "template_assets",
    metadata,
    Column("template_uid", Text, ForeignKey("templates.uid"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="the version"),
    Column("name", Text, primary_key=True, comment="of the asset that its sources name"),
    Column("workspace_id", Text, nullable=False),
    Index("ix_template_assets_workspace_id_name", "workspace_id", "name"),
)
