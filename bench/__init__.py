"""What this costs, measured beside its peers: `make bench`. See README.md in this folder."""
