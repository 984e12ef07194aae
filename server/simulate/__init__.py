"""Branches lived in fast time through the real command handlers: demo history, tests, benchmarks."""
