"""How items are worked on: shared out, taken under leases, rendered, settled, and put right."""
