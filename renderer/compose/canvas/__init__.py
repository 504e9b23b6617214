"""Canvases before they are drawn: Fabric's JSON judged, filled with data, and read for variables.

Runs in the jail. The JSON stays data all the way: nothing of it ever becomes a script's source.
"""
