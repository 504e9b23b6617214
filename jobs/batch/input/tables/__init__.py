"""Tables as people send them: CSV and TSV, Excel's files, JSON Lines, all read as the same rows."""

from jobs.batch.input.tables.open_table import Kept, kind_of, open_table
from jobs.batch.input.tables.table import Table, TableRow

__all__ = ["Kept", "Table", "TableRow", "kind_of", "open_table"]
