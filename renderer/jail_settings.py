"""Settings of the jail: how many children, how much each job may take."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["JailSettings"]


class JailSettings(BaseSettings):
    """`PLATEN_JAIL_...`: the pools of killable children where untrusted input is worked on."""

    model_config = SettingsConfigDict(env_prefix="PLATEN_JAIL_", frozen=True)

    compose_children: int = Field(default=2, ge=1, le=64, description="children for templates")
    document_children: int = Field(default=2, ge=1, le=64, description="children for documents")
    compose_memory_mb: int = Field(default=256, ge=32, le=4096, description="MB a template may use")
    document_memory_mb: int = Field(
        default=1024, ge=128, le=4096, description="MB a document may use"
    )
    compose_seconds: float = Field(default=4.0, gt=0, le=60, description="s a template may take")
    jobs_per_child: int = Field(default=2000, ge=1, description="jobs before a child is replaced")
