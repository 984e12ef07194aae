"""REST under /api/v1: the same commands as the screens', for integrations and load tools."""
