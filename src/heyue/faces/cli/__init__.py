"""The command line: JSON in, JSON out, and the commands that start and check a deployment."""
