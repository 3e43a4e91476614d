"""The preliminary review (初审) at the platform's desk."""
