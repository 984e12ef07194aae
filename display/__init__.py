"""The waiting room: wall board and voice."""
