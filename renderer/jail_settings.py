"""Settings of the jail: how many children, how much each job may take."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["JailSettings"]


class JailSettings(BaseSettings):
    """The jail. Every name is read as `PLATEN_` + the field's name."""

    model_config = SettingsConfigDict(env_prefix="PLATEN_", frozen=True)

    jail_compose_children: int = Field(
        default=2, ge=1, le=64, description="Child processes for templates."
    )
    jail_document_children: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Child processes for print documents, and as many for photographs.",
    )
    jail_compose_memory_mb: int = Field(
        default=256, ge=32, le=4096, description="Memory of one composition, in MB."
    )
    jail_document_memory_mb: int = Field(
        default=1024, ge=128, le=4096, description="Memory of one print document, in MB."
    )
    jail_compose_seconds: float = Field(
        default=4.0, gt=0, le=60, description="Seconds that one composition may take."
    )
    jail_jobs_per_child: int = Field(
        default=2000, ge=1, description="Jobs after which a fresh child takes over."
    )
    jail_documents_per_child: int = Field(
        default=100,
        ge=1,
        description="The same for children of documents: the layout engine keeps some 0.3 MB each.",
    )
