"""Documents: printed by Chromium, laid out by WeasyPrint in the jail, put together there too.

The modules that end in `_job` or `_jobs` run in the jail's child only.
"""
