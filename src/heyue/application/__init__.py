"""One application for many banks (协商申请)."""
