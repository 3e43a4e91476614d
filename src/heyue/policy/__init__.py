"""Dated data with source, unit and grade: law, banks, holidays. An operator may correct a number here."""
