"""Webhooks: subscriptions, and the deliveries that the relay makes of the outbox's events.

It owns the tables of subscriptions, deliveries and attempts. Every delivery leaves through the
egress client. It must never know what a batch or a template is.
"""

from jobs.webhooks.forgetting import Forgetting
from jobs.webhooks.match import announce
from jobs.webhooks.relay import Relay
from jobs.webhooks.sender import Sender
from jobs.webhooks.settings import WebhookSettings
from jobs.webhooks.subscriptions import Subscriptions, any_match

__all__ = [
    "Forgetting",
    "Relay",
    "Sender",
    "Subscriptions",
    "WebhookSettings",
    "announce",
    "any_match",
]
