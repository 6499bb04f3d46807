"""What a mail says: from its bytes to its kind, its words and its files.

`prescan` says whether it may be opened, `mail` opens it, `classify` names its kind, and `written`
finds its writer's own words: what `quotation`, `ending` and `sentwords` leave of its text.
"""
