"""What Avow costs, measured: `python -m benchmarks` (or `make bench`)."""
