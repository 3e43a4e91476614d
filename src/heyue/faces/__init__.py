"""Faces: requests to verbs, results to pages or JSON."""
