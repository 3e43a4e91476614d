"""The borrower's phone pages."""
