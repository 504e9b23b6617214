"""Batches: many renders asked for at once.

A batch and its items are rows, and the rows are the truth: items are taken under leases, results
are written by the holder of the lease alone, counters change in the item's own transaction.
It owns the tables of batches, items and row chunks. It must never know HTTP or Redis.
"""
