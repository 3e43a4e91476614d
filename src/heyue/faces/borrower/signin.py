"""The borrower's signin pages."""

urls: list = []
