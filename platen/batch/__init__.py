"""`platen batch`: a table and a template become files in a folder, by a server or without one.

Both ways it is a client of the API, over HTTP or in process, so that both do the same.
"""
