"""The wallet beyond what banks tell: cards by hand, statement files, and what a debt comes to."""

from heyue.faces.borrower.wallet import calculator, columns, drafts, files, own_card

urls = [*own_card.urls, *calculator.urls, *files.urls, *drafts.urls, *columns.urls]
