"""The program inside the jail: it does one job after the other behind walls that it cannot lift.

It is started by exec with an empty environment and one socket, and must never import what
holds a secret or a connection: `renderer.jail` is its parent's side and is not imported here.
"""
