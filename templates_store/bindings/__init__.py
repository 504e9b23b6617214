"""Bindings: a template, a source of data and a mapping, behind one stable public URL.

It owns the tables of bindings and of their data. It must never know how data is fetched, and when.
"""
