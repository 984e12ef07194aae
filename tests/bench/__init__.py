"""Measurements, never tests: numbers for RESULTS.md. `make bench`."""
