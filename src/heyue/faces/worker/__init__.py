"""The worker that carries out rows of work."""
