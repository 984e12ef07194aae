"""Secrets that let somebody in: made here, kept as hashes only."""

import hashlib
import secrets


def new_token() -> str:
    """A token nobody can guess (192 bits)."""
    return secrets.token_urlsafe(24)


def hash_of(token: str) -> str:
    """What is stored of a token. It has entropy enough that one plain hash hides it."""
    return hashlib.sha256(token.encode()).hexdigest()
