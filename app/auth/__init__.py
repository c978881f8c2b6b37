"""Accounts: who someone is, how they prove it, and the logins that live."""
