"""What `python app.py` and `make demo` bring along: a supervisor, a Redis, a shop."""
