"""What the manager's page asks beside commands: devices, people, the audit, follow-ups."""
