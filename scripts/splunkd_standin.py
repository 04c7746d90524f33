#!/usr/bin/env python3
"""Plays splunkd against a packaged search command, so that the app can be tried without Splunk.

It starts the command as splunkd does, sends it the events of a file, checks every reply as strictly as the
protocol allows, joins the replies to the events and shows what a search would show. With --link the result goes on
to `directvmlink`, as behind a pipe in SPL; --command directvmlink takes findings that were collected before.

Exit status: 0 the search ran; 1 the command refused with an error of its own; 2 the command broke the
protocol (the text splunkd would show, then what was wrong), or the stand-in was called wrongly.
"""

import argparse
import contextlib
import dataclasses
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True

from standin import checks, events, search, show, story
from standin.verdict import Breach, CommandError


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def option_text(text):
    if not search.balanced(text):
        raise argparse.ArgumentTypeError(f"unbalanced quotes in {text!r}")
    return text


def parse_arguments(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--launcher", required=True, type=pathlib.Path, help="the file that commands.conf names")
    add("--events", required=True, type=pathlib.Path,
        help='JSON array, {"Records":[]}, {"records":[]} or JSON lines; may be gzip')
    add("--options", default="", type=option_text,
        help='what stands behind the command in SPL, such as "mode=filter scope=extended"')
    add("--command", default=search.COMMAND, choices=(search.COMMAND, search.LINK), help="the stanza of commands.conf")
    add("--link", type=option_text, metavar="OPTIONS",
        help='link the findings; what stands behind directvmlink in SPL, such as "by=case", or an empty text')
    add("--fields", choices=("raw", "extracted", "both"), default="both",
        help="what the events hold: _raw, fields extracted from it, or both")
    add("--chunk-rows", default=2500, type=positive, help="events in one chunk")
    add("--no-select", action="store_true", help="send all columns although the command asked for some")
    add("--format", choices=("table", "json", "story"), default="table",
        help="story: with --link, the sentence and the reasons of each request, and what was left alone")
    add("--probes", default=3, type=int, help="getinfo-only instances before the session")
    add("--timeout", default=30.0, type=float, help="seconds that any single step may take")
    add("--width", default=180, type=positive, help="of the table, in characters")
    add("--dispatch", type=pathlib.Path, help="dispatch directory to use and keep, for record=NAME")
    return parser.parse_args(words)


def run(given, scratch):
    """The search that the arguments describe: (its last command, the rows of that, the rows of the one before)."""
    dispatch = (given.dispatch or scratch / "var/run/splunk/dispatch/standin").resolve()
    dispatch.mkdir(parents=True, exist_ok=True)
    asked = search.Search(
        launcher=given.launcher.absolute(),
        options=given.options,
        rows=events.read_rows(given.events, given.fields),
        home=scratch,
        dispatch=dispatch,
        probes=given.probes,
        chunk_rows=given.chunk_rows,
        select=not given.no_select,
        timeout=given.timeout,
        command=given.command,
    )
    judged = search.run(asked)
    if given.link is None:
        return asked, judged, judged
    findings = [row for row in judged if checks.is_finding(row)]
    linking = dataclasses.replace(asked, command=search.LINK, options=given.link, rows=findings, messages=asked.messages, notes=asked.notes)
    return linking, search.run(linking), judged


def report(given, asked, merged, judged):
    for line in shown(given, asked, merged, judged):
        print(line)
    for note in asked.notes:
        print(f"note: {note}", file=sys.stderr)
    linked = asked.command == search.LINK
    sent = judged if given.format == "story" else asked.rows
    summary = show.summary(sent, merged, asked.messages, linked)
    print(summary, file=sys.stderr if given.format == "json" else sys.stdout)


def shown(given, asked, merged, judged):
    if given.format == "json":
        return show.json_lines(merged)
    if given.format == "story":
        return [*story.story(merged, given.width), *story.left_alone(judged, given.width)]
    return show.table(merged, given.width, show.LINKED if asked.command == search.LINK else show.COLUMNS)


def main(words=None):
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    given = parse_arguments(words)
    with tempfile.TemporaryDirectory(prefix="standin-") as scratch:
        try:
            report(given, *run(given, pathlib.Path(scratch).resolve()))
        except CommandError as error:
            print(f"Error in '{error.command}' command: {error}", file=sys.stderr)
            return 1
        except Breach as breach:
            print(*breach.lines(breach.command or given.command), sep="\n", file=sys.stderr)
            return 2
        except events.BadInput as fault:
            print(f"stand-in: {fault}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main())
