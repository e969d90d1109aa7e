"""Personal data: what is known of somebody, how long it is kept, and how it is deleted."""
