"""Templates, their immutable versions, variables and layouts.

It discovers variables, checks data against their definitions and resolves what a render
asks for. It owns the tables of templates and versions; bodies are blobs of `core`.
It must never know HTTP or a queue, nor how a page is drawn.
"""
