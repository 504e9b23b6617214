"""What the renderer counts, for whoever publishes prometheus-client's registry."""

from prometheus_client import Counter

__all__ = ["BROWSERS_REPLACED", "RENDERS_REFUSED"]

BROWSERS_REPLACED = Counter(
    "platen_browsers_replaced",
    "Browsers whose place another one took: crashed, hung, renders, age, memory or pages.",
    ["reason"],
)
RENDERS_REFUSED = Counter(
    "platen_renders_refused",
    "Renders that were refused a slot: the queue was full, the wait too long, or no browser there.",
    ["reason"],
)
