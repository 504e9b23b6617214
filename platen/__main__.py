"""`python -m platen`: the same as the command `platen`."""

from platen.cli import main

main()
