"""The machine behind a wall: browser, sound, panel. Needs Python's own library only."""
