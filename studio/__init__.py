"""The pages that people open in a browser.

Server-rendered, under a strict content policy, on top of the same floors as the API.
It must never know a table, a browser or a queue.
"""
