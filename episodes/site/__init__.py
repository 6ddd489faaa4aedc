"""The public site: pages, lists, feeds, share images. It shows what `public()` gives and changes nothing."""
