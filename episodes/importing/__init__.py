"""Import of note files, and the guard for fixtures."""
