"""The manager's screen: the day as it happens, the last weeks, and a supervisor's few actions."""
