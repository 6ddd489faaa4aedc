"""JSON-LD graphs (schema.org) of public pages.

common                  identifiers, and the nodes that every page has
episode                 the note, the recording it is based on, its chapters
quote_and_prediction    a quote; a prediction and its outcome
names                   speakers, entities, glossary terms

Graphs are built from what the page has loaded: no queries, and nothing that the page does not show.
"""
