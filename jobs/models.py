"""Every table of this package in one place, for who must know them all."""

from jobs.batch.models import batch_chunks, batch_items, batches
from jobs.render.models import renders
from jobs.webhooks.models import deliveries, delivery_attempts, subscriptions

__all__ = [
    "batch_chunks",
    "batch_items",
    "batches",
    "deliveries",
    "delivery_attempts",
    "renders",
    "subscriptions",
]
