"""The gateway's inbound side for banks."""
