"""Bytes to core and back: messages, encodings, codes. Knows nothing of sockets or the store."""
