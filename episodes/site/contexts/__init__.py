"""Values that pages, feeds and exports show. Nothing here returns a response."""
