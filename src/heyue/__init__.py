"""Heyue 和约: one truthful application to all banks, one plan a person can keep."""

__version__ = "0.1.0"
