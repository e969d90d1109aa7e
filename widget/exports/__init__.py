"""Exports: what is known of somebody, as files that they can read without this server."""
