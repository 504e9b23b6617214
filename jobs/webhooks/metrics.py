"""What the webhooks count, for whoever publishes prometheus-client's registry."""

from prometheus_client import Counter

__all__ = ["DELIVERY_TRIES"]

DELIVERY_TRIES = Counter(
    "platen_webhook_tries",
    "Tries of webhook deliveries, by what came of them: delivered or failed.",
    ["outcome"],
)
