"""Handlebars 4.7 as it is written in the field: recognised, parsed and run by its own rules.

It runs in the jail's child, reads plain data alone and calls nothing but the functions of the
language: there is no attribute, no method and no prototype to reach for.
"""
