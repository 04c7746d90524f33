"""Emulates the part of SPL that the app's dashboards use, over rows in memory; a row is {field: value}.

What it knows stands in `table.tables()`: commands, functions of eval, functions of stats. Each entry says what of it is
supported and which page of Splunk's documentation it follows, and `test_spl.py` has an example for each. Anything else
raises `Unsupported`, which names it. `python3 -m spl.emulator` prints the tables.
"""
