"""What is fixed for a page's whole life."""

from dataclasses import dataclass

__all__ = ["PageSpec"]


@dataclass(frozen=True, slots=True)
class PageSpec:
    """The context that a page is opened in. `proxy` is the URL of a loopback proxy's port."""

    javascript: bool
    proxy: str
    locale: str = "en-US"
    timezone: str = "UTC"
    user_agent: str | None = None
