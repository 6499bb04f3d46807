"""Interpretation of received mail: kind, reply text, commands and files.

`prescan` says whether a message is safe to parse, `message` parses it, `kind` classifies it, and
`reply` finds the writer's own words: the text without what `quoted` and `boilerplate` recognise.
"""
