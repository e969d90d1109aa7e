"""Forms without a bot: what the settings hold by name, what visitors fill in of it, and the list of their answers."""
