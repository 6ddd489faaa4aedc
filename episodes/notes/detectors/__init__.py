"""Detectors of problems in a text, by its words alone. Pure Python, no Django.

frame                text split into visible lines and folds, for the other detectors
truncated_text       text that breaks off
unclosed_markup      markup that does not close, and markup where plain text is wanted
foreign_scripts      words of another language or alphabet than the text's own
name_occurrence      whether a text names somebody; bold names; names written like an address
misheard_names       names misheard in the original
doubtful_words       words that a transcriber marked as uncertain
generator_leftovers  leftovers of the generator

All take linear time: a section may have a million characters.
"""
