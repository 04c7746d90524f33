"""Emulates the part of SPL that the app's dashboards use, over rows in memory; a row is {field: value}.

`table.tables()` lists the commands, functions of eval and functions of stats that it knows. Each entry says what of it is
supported and which page of Splunk's Search Reference it follows, and `scripts/test_spl.py` has an example of each. Anything
else raises `Unsupported`, which names it: a dashboard that needs it adds an entry and an example.
`python3 -m spl.emulator` prints the tables.
"""
