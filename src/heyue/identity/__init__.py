"""People (人), their roles, their consents, and the one-time codes by which they sign in and sign."""
