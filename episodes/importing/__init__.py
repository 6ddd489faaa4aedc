"""From note files and fixtures to rows."""
