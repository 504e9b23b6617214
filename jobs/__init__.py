"""Work: the life of one render, batches, the queue, the worker, and webhooks.

One literal list of steps makes a render, whoever asks. Batches and their items are rows, the
queue is only an alarm clock, deliveries come from the outbox.
It owns the tables of renders, batches, items, subscriptions, deliveries and attempts.
It must never know HTTP requests or pages.
"""
