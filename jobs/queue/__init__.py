"""The alarm clock: a port that only says "look again", with one adapter per way of ringing.

Nothing is kept here. A lost ring costs a second, since every listener also looks by itself.
"""
