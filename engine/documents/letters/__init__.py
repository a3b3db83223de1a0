"""Documents as an office prints them: one model of a printed document, filled into a Word template or typeset as PDF.

`model` says what a document holds, `forms` how the Party and the state write it (DOMAIN.md 3.1, 3.2), `layout` puts the two together
into the lines that both `word` and `pdf` set. Where the contents come from is the business of engine/audit/printed*.py.
"""
