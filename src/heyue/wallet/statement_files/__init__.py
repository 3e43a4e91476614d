"""Statement files (账单文件): mail, PDF, spreadsheet and photograph of a bank's statement, read into one normal form.

Pure: no database, no clock, no network. ``read_file`` is the way in, ``result`` holds what comes out; one YAML in
``layouts/`` describes one printed layout of one issuer. See docs/guide/statements.md.
"""

from heyue.wallet.statement_files.mapping import ColumnMapping, learned
from heyue.wallet.statement_files.matching import matches, same_statement
from heyue.wallet.statement_files.reading import read_file
from heyue.wallet.statement_files.result import (
    Account,
    Check,
    Found,
    Kind,
    Outcome,
    Proof,
    Reading,
    Row,
    Standing,
    Statement,
    Table,
)

__all__ = [
    "Account",
    "Check",
    "ColumnMapping",
    "Found",
    "Kind",
    "Outcome",
    "Proof",
    "Reading",
    "Row",
    "Standing",
    "Statement",
    "Table",
    "learned",
    "matches",
    "read_file",
    "same_statement",
]
