"""How long people will wait: learned from the branch's own log, played forward from its state."""
