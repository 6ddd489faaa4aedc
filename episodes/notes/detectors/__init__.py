"""Signs that something in a text is wrong: readers that look at words and nothing else. Pure Python, no Django.

frame     a text taken apart: the lines outside folds and code, and what is folded
cuts      text that breaks off
marks     mark-up that does not close, and mark-up where plain words are wanted
scripts   words of another language or alphabet than the text's own
naming    names: in the text or not, in bold, as an address writes them, misheard
doubts    what a transcriber was not sure of

All of them take time in proportion to the text: a section may have a million characters.
"""
