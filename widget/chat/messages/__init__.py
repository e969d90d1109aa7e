"""Messages: sending, history, edits, search."""
