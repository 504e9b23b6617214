"""What is fixed for a page's whole life."""

from dataclasses import dataclass

__all__ = ["PageSpec"]


@dataclass(frozen=True, slots=True)
class PageSpec:
    """The context that a page is opened in. `proxy` is the URL of a loopback proxy's port.

    `bound_for`: the first address that it will be sent to, where that is known already.
    """

    javascript: bool
    proxy: str
    locale: str = "en-US"
    timezone: str = "UTC"
    user_agent: str | None = None
    bound_for: str = ""
