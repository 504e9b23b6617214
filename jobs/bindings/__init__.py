"""The life of a binding: fetched, mapped, rendered when its data changed, shown under one URL.

The tables are the template store's. Every request leaves through the egress client.
"""
