"""The borrower's home pages."""

urls: list = []
