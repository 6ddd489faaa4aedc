"""From rows back to note files."""
