"""The borrower's banks pages."""

urls: list = []
