"""The voice of the hall: packs of clips, one for each word, and the voices that make them."""
