"""The operations centre (S26): every figure of the province, open to its rows."""
