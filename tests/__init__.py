"""A package of its own, so that this folder is found before the `tests` that some packages install."""
