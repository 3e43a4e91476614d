"""Disputes (异议): what a borrower holds to be wrong, at a bank or the platform, looked into and answered."""
