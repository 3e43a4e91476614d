"""The borrower's demo_inbox pages."""

urls: list = []
