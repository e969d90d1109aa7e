"""Calls between the team and a visitor."""
