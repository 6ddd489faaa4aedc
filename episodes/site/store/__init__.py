"""Stored pages: a public page is rendered once, and answered from the store until something on it changes.

addresses     under which address a request is stored
page_index    the row of a page in the database: found, written, bounded in number
bodies        the compressed bytes, by digest: in a folder, or in Redis
answers       conditional requests and encodings
middleware    answers, renders what is missing, and stores it
front         the same answers before Django's own middleware (config/wsgi.py)
maker_lock    lets one process render a page while others wait
code_version  pages of other code are rendered anew
make_ahead    renders pages before a visitor asks
"""
