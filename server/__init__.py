"""What the four screens share: the domain, the log, the relay, the wire."""
