"""The HTTP entrance: the wire contract, and nothing else.

Each route checks its caller, reads a request into plain data, calls one function of a lower
floor and writes the answer. It owns request and response models and the OpenAPI document.
It must never know a table, a browser or a queue.
"""
