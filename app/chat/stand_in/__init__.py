"""A person's stand-in: what its owner allows, what it says, what that cost, and what it leaves for them.

`preferences` is what the owner chose, `permission` whether it may speak, `ledger` the record of every call to the
provider, `streams` an answer that is being written. When it speaks is decided in `app.chat.auto_replies`.
"""
