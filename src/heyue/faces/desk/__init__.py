"""The desk of reviewers, officers and operators."""
