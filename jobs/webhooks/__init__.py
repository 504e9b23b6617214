"""Webhooks: subscriptions, and the deliveries that the relay makes of the outbox's events.

It owns the tables of subscriptions, deliveries and attempts. Every delivery leaves through the
egress client. It must never know what a batch or a template is.
"""
