"""The roof: every part is built here by hand, in one function, and the command line.

It knows everybody and nobody knows it. It owns the embedded servers and the migrations.
"""
