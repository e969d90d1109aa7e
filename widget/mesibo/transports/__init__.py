"""The ways to mesibo: its SDK, its REST API, or none."""
