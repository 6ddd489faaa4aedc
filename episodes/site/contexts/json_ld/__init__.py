"""Linked data (schema.org as JSON-LD): what a page shows, said once more for machines.

basics    addresses that never change, and the nodes every page has
notes     an episode: the note, the recording behind it, its chapters
said      a quote; a prediction and what became of it
names     speakers, entities, the terms of a glossary

Each graph is made of what the page has loaded and of nothing else: it asks no query and tells nothing that is not on
the page.
"""
