"""The public site: pages, lists, feeds and share images. Reads through `public()` and writes nothing but reports."""
