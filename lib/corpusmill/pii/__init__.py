"""Personal data: where it stands in a text, and the text without it."""
