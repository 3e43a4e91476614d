"""The borrower's me pages."""

urls: list = []
