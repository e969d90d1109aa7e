"""Backups: a whole deployment as one file, and back into an empty one, whatever its database and its storage are."""
