"""From a page that moves to frames at exact times, and from frames to one file."""
