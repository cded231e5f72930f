"""What claims.py puts servers through: a module per kind of trial, on what `server.py` and `shim.c` can do to a server."""
