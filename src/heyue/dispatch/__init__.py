"""The form for each bank, on its way (送达)."""
