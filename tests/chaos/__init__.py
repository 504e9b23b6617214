"""Random faults against the real service: `make chaos`. See `python -m tests.chaos --help`."""
