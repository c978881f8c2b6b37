"""Files: taken in, recognised by what is in them, kept in MongoDB's GridFS, and given out again.

Knows no rooms and no messages: who may have a file is decided by whoever asks for it here.
"""
