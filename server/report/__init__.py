"""Reports: one document from the answers of `server/reports.py`, and its writers."""
