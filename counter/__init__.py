"""The officer's side of the desk: the counter terminal."""
