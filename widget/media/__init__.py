"""What a file is, by its bytes; and what is made of it before anybody sees it."""
