"""A simulated bank (模拟银行) that speaks the gateway protocol; it imports nothing of the platform."""
