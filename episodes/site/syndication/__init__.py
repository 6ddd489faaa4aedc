"""Machine-readable formats: feeds, chapters, episodes as Markdown, oEmbed, the sitemap, llms.txt.

Built from the same public querysets and contexts as the pages. Empty feeds and lists are not linked.
"""
