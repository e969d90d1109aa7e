"""Calls between the two of a direct conversation."""
