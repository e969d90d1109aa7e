"""Thin views, a module for each area: parse, authorize, call `chat/`, render."""
