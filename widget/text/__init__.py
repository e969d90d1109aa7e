"""What people write, and how it is shown."""
