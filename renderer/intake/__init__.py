"""What people upload, judged and put in order in the jail: photographs and fonts.

Nothing here is decoded in the service's own process.
"""
