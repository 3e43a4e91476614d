"""Rows read and written where each millisecond counts: the ORM's own SQL, written once and then kept (预编译).

Django compiles a query anew at every use, which costs ten times what a database needs to answer it. The gateway's door
asks the same three questions and writes the same two rows at every request, so it keeps the text; so does the outline
that a borrower's page begins with. Where a database has one writer at a time, ``one_writer`` gives turns.
"""

from heyue.rows.one_writer import one_writer
from heyue.rows.prepared import Prepared, insert_once

__all__ = ["Prepared", "insert_once", "one_writer"]
