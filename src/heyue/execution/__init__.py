"""Carrying the plan out (履约): instalments, payments, completion."""
