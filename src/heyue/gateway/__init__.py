"""The gateway protocol's wire: envelopes, signatures, HTTP. It knows no case."""
