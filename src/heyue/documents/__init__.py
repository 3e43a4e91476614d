"""Typesetting (文书): facts in, PDF/A-2b bytes out; knows no case, no database and no clock."""
