"""The borrower's identity pages."""

urls: list = []
