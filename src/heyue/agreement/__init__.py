"""The agreement (协议): drawn up, signed by both, in force."""
