"""The review screen: one thing after the other, the evidence beside it, a key for each decision.

queue      what there is to decide, in its order, in two queries
panel      one thing: its row, its form, its findings
evidence   what it is held against
screens    the two screens that hold many things at once
forms      the words of one thing
words      words selected in a section, and what is made of them
known      what all panels of an episode share
acts       what a key or a button asks for, and what may come of it
deciding   what is done with one thing
many       what is done with many at once
views      the page, and the answers to a browser with and without script
"""

from episodes.desk.review.views import Review

__all__ = ["Review"]
