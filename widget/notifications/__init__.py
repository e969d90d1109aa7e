"""Notifications: how agents hear of visitors while they do not look at the inbox. By mail, and by push.

What is to be told is written into the database (`queue`), each event once for each agent; the one process that holds
the lease sends it. Nothing here happens in a request.
"""
