"""What machines read: feeds, chapters, episodes as Markdown, the sitemap, llms.txt.

From published state only, through the same querysets and functions as the pages, and nothing advertised that is empty.
"""
