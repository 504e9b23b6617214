"""What refreshing bindings counts, for whoever publishes prometheus-client's registry."""

from prometheus_client import Counter, Gauge, Histogram

__all__ = ["DUE", "LATENESS", "REFRESHES"]

DUE = Gauge("platen_bindings_due", "Bindings whose refresh is due and has not begun.")
REFRESHES = Counter(
    "platen_binding_refreshes",
    "Refreshes of bindings that ended: updated, unchanged, failed, or put off by our own load.",
    ["outcome"],
)
LATENESS = Histogram(
    "platen_binding_lateness_seconds",
    "From the moment when a binding was due to the begin of its refresh.",
    buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 300),
)
