"""The banks (银行): keys, addresses, channel, hotline, policies; what was sent to them and came from them."""
