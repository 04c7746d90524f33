"""Prints what the emulator knows. usage: cd scripts && python3 -m spl.emulator"""

from .table import markdown

print(markdown())
