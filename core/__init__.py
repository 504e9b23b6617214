"""The ground floor: what several floors share.

It holds errors, ids, the clock, the database, workspaces and their keys, content-addressed
blobs, the outbox and the artifact store. Every other package may import it.
It must never know what a template, a page, a batch or an HTTP request is.
It owns the tables of workspaces, keys, blobs, artifacts and events.
"""
