"""Who takes part: visitors, agents, and what lets them in."""
