"""The borrower's cards pages."""

urls: list = []
