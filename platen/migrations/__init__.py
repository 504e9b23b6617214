"""Alembic's environment and versions. `python -m platen.migrations "message"` writes the next."""
