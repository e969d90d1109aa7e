"""Files that messages carry, on their way in and out."""
