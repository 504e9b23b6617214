"""Write the next version: `python -m platen.migrations "what it adds"`; then read and mend it."""

import sys
import tempfile

from platen.schema import new_version

with tempfile.TemporaryDirectory() as folder:
    new_version(sys.argv[1], f"sqlite:///{folder}/scratch.db")
