"""The life of one render: what is asked, what is done step by step, what is kept of it.

`renders.py` holds the list of steps; every other file is one step or one thing that they share.
"""
