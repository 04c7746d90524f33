"""The tables of what the emulator knows, and of which page of Splunk's documentation each entry follows."""

from . import aggregate, commands, functions


def tables():
    """{title: {name: Entry}}"""
    return {
        "Command": commands.COMMANDS,
        "Function of eval and where": {name: entry for name, (entry, _, _) in functions.FUNCTIONS.items()},
        "Function of stats, chart and timechart": aggregate.FUNCTIONS,
    }


def markdown():
    """The tables, as Markdown."""
    lines = []
    for title, entries in tables().items():
        lines += [f"| {title} | What is supported | Page of the Search Reference |", "| --- | --- | --- |"]
        lines += [f"| {name} | `{entry.supported.replace('|', '/')}` | {entry.page} |" for name, entry in entries.items()]
        lines.append("")
    return "\n".join(lines)
