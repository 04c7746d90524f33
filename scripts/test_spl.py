#!/usr/bin/env python3
"""Tests the SPL reader, and each command and function of the emulator by an example of Splunk's documentation.

usage: test_spl.py

The searches are those of the named pages of Splunk's Search Reference, or have their form; the rows are ours.
"""

import dataclasses
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

from lintapp import aggregate, functions, linter
from spl import condition, expression, reader
from spl.emulator.engine import Emulator, Lookup
from spl.emulator.entry import Unsupported
from spl.emulator.table import markdown, tables

COMMAND, EVAL, STATS = tables()
# 2026-06-18 15:30:00 UTC
NOW = 1781796600.0
USERS = "user,group\nann,admins\nbob,staff\nbob,guests\n"


@dataclasses.dataclass
class Example:
    """`search` turns the rows `before` into the rows `after`; it is from the page of the entry `name` in a table."""

    kind: str
    name: str
    search: str
    before: list
    after: list


def of(field, *values):
    """Rows with one field; none for a missing value."""
    return [{} if value is None else {field: value} for value in values]


def evaluated(name, formula, before, value):
    """An example of a function of eval, with one row."""
    after = before if value is None else before | {"n": value}
    return Example(EVAL, name, f"eval n={formula}", [before], [after])


EXAMPLES = [
    Example(COMMAND, "append", "stats count BY user | append [makeresults | eval user=\"TOTAL\", count=3 | table user count]",
            of("user", "a", "b", "b"), [{"user": "a", "count": 1}, {"user": "b", "count": 2}, {"user": "TOTAL", "count": 3}]),
    Example(COMMAND, "chart", "chart count OVER action BY host",
            [{"action": "view", "host": "www1"}, {"action": "view", "host": "www2"}, {"action": "buy", "host": "www1"},
             {"action": "view", "host": "www1"}],
            [{"action": "buy", "www1": 1, "www2": 0}, {"action": "view", "www1": 2, "www2": 1}]),
    Example(COMMAND, "dedup", "dedup host", of("host", "www1", "www2", "www1", None), of("host", "www1", "www2")),
    Example(COMMAND, "dedup", "dedup keepempty=true host", of("host", "www1", None, "www1", None), of("host", "www1", None, None)),
    Example(COMMAND, "dedup", "dedup source, host", [{"source": "a", "host": "x"}, {"source": "a", "host": "y"}, {"source": "a", "host": "x"}],
            [{"source": "a", "host": "x"}, {"source": "a", "host": "y"}]),
    Example(COMMAND, "eval", "eval velocity=distance/time", [{"distance": "10", "time": "4"}], [{"distance": "10", "time": "4", "velocity": 2.5}]),
    Example(COMMAND, "eval", 'eval full_name=first_name." ".last_name, low_name=lower(full_name)', [{"first_name": "Ann", "last_name": "Li"}],
            [{"first_name": "Ann", "last_name": "Li", "full_name": "Ann Li", "low_name": "ann li"}]),
    Example(COMMAND, "eventstats", "eventstats max(duration) AS longest BY minute",
            [{"duration": "5", "minute": "1"}, {"duration": "9", "minute": "1"}, {"duration": "2", "minute": "2"}],
            [{"duration": "5", "minute": "1", "longest": "9"}, {"duration": "9", "minute": "1", "longest": "9"},
             {"duration": "2", "minute": "2", "longest": "2"}]),
    Example(COMMAND, "fields", "fields host, ip", [{"_time": 1, "_raw": "r", "host": "h", "ip": "i", "user": "u"}],
            [{"_time": 1, "_raw": "r", "host": "h", "ip": "i"}]),
    Example(COMMAND, "fields", "fields - host, ip", [{"host": "h", "ip": "i", "user": "u"}], [{"user": "u"}]),
    Example(COMMAND, "fillnull", "fillnull", [{"a": "1"}, {"b": "2"}], [{"a": "1", "b": "0"}, {"b": "2", "a": "0"}]),
    Example(COMMAND, "fillnull", "fillnull value=unknown host kbyte", [{"host": "h", "other": "o"}], [{"host": "h", "other": "o", "kbyte": "unknown"}]),
    Example(COMMAND, "inputlookup", "inputlookup usertogroup", [],
            [{"user": "ann", "group": "admins"}, {"user": "bob", "group": "staff"}, {"user": "bob", "group": "guests"}]),
    Example(COMMAND, "inputlookup", "inputlookup append=true usertogroup", [{"user": "eve"}],
            [{"user": "eve"}, {"user": "ann", "group": "admins"}, {"user": "bob", "group": "staff"}, {"user": "bob", "group": "guests"}]),
    Example(COMMAND, "outputlookup", "outputlookup usertogroup | inputlookup append=true usertogroup", [{"user": "eve"}],
            [{"user": "eve"}, {"user": "eve"}]),
    Example(COMMAND, "outputlookup", "outputlookup append=true usertogroup | inputlookup append=true usertogroup | dedup user", [{"user": "eve"}],
            [{"user": "eve"}, {"user": "ann", "group": "admins"}, {"user": "bob", "group": "staff"}]),
    Example(COMMAND, "outputlookup", "outputlookup override_if_empty=false usertogroup | inputlookup append=true usertogroup | where user=\"ann\"", [],
            [{"user": "ann", "group": "admins"}]),
    Example(COMMAND, "appendpipe", "appendpipe [stats sum(n) AS n]", [{"n": "1"}, {"n": "2"}], [{"n": "1"}, {"n": "2"}, {"n": 3}]),
    Example(COMMAND, "lookup", "lookup usertogroup user AS local_user OUTPUT group AS user_group", of("local_user", "ann", "bob", "Ann", "eve"),
            [{"local_user": "ann", "user_group": "admins"}, {"local_user": "bob", "user_group": ["staff", "guests"]},
             {"local_user": "Ann"}, {"local_user": "eve"}]),
    Example(COMMAND, "makeresults", "makeresults | eval newTime=relative_time(now(), \"-1d\")", [], [{"_time": NOW, "newTime": NOW - 86400}]),
    Example(COMMAND, "mvexpand", "mvexpand foo", [{"foo": ["1", "2"], "bar": "x"}], [{"foo": "1", "bar": "x"}, {"foo": "2", "bar": "x"}]),
    Example(COMMAND, "rename", 'rename _ip AS IPAddress, usr AS "User name"', [{"_ip": "i", "usr": "u"}], [{"IPAddress": "i", "User name": "u"}]),
    Example(COMMAND, "search", '(code=10 OR code=29) host!="localhost" xqp>5',
            [{"code": "10", "host": "a", "xqp": "6"}, {"code": "29", "host": "localhost", "xqp": "6"}, {"code": "10", "host": "a", "xqp": "5"},
             {"code": "29", "xqp": "7"}],
            [{"code": "10", "host": "a", "xqp": "6"}]),
    Example(COMMAND, "search", 'action IN (addtocart, purchase) NOT host="w*"',
            [{"action": "addtocart"}, {"action": "purchase", "host": "www"}, {"action": "view"}], [{"action": "addtocart"}]),
    Example(COMMAND, "sort", "sort 2 -size, +source", [{"size": "9", "source": "b"}, {"size": "10", "source": "b"}, {"size": "10", "source": "a"}],
            [{"size": "10", "source": "a"}, {"size": "10", "source": "b"}]),
    Example(COMMAND, "stats", 'stats count(eval(method="GET")) AS GET, count(eval(method="POST")) AS POST BY host',
            [{"method": "GET", "host": "a"}, {"method": "POST", "host": "a"}, {"method": "GET", "host": "a"}, {"method": "GET"}],
            [{"host": "a", "GET": 2, "POST": 1}]),
    Example(COMMAND, "streamstats", "streamstats min(n) AS least BY user", [{"user": "a", "n": "2"}, {"user": "b", "n": "1"}, {"user": "a", "n": "1"}],
            [{"user": "a", "n": "2", "least": "2"}, {"user": "b", "n": "1", "least": "1"}, {"user": "a", "n": "1", "least": "1"}]),
    Example(COMMAND, "streamstats", "streamstats count AS row", of("user", "a", "b"), [{"user": "a", "row": 1}, {"user": "b", "row": 2}]),
    Example(COMMAND, "table", "table host action", [{"action": "view", "host": "h", "ip": "i", "_time": 1}], [{"host": "h", "action": "view"}]),
    Example(COMMAND, "timechart", "timechart span=1h count BY host",
            [{"_time": 3600, "host": "a"}, {"_time": 3700, "host": "b"}, {"_time": 10900, "host": "a"}],
            [{"_time": 3600, "a": 1, "b": 1}, {"_time": 7200, "a": 0, "b": 0}, {"_time": 10800, "a": 1, "b": 0}]),
    Example(COMMAND, "where", "where distance/time > 100", [{"distance": "303", "time": "3"}, {"distance": "300", "time": "3"}, {"distance": "1"}],
            [{"distance": "303", "time": "3"}]),
    Example(COMMAND, "where", 'where host="CheckPoint" AND (src LIKE "10.9.165.%" OR dst LIKE "10.9.165.%")',
            [{"host": "CheckPoint", "src": "10.9.165.7"}, {"host": "CheckPoint", "dst": "10.9.166.7"}], [{"host": "CheckPoint", "src": "10.9.165.7"}]),
    evaluated("case", 'case(status == 200, "OK", status == 404, "Not found", true(), "Other")', {"status": "404"}, "Not found"),
    evaluated("coalesce", "coalesce(clientip, ipaddress)", {"ipaddress": "i"}, "i"),
    evaluated("floor", "floor(1.9)", {}, 1),
    evaluated("if", 'if(error == 200, "OK", "Error")', {"error": "500"}, "Error"),
    evaluated("in", 'if(in(status, "404", "500", "503"), "true", "false")', {"status": "500"}, "true"),
    evaluated("isnotnull", "if(isnotnull(field), 1, 0)", {"field": "x"}, 1),
    evaluated("isnull", "if(isnull(field), 1, 0)", {}, 1),
    evaluated("like", 'if(like(field, "foo%"), "yes a foo", "not a foo")', {"field": "foobar"}, "yes a foo"),
    evaluated("lower", "lower(username)", {"username": "ANN"}, "ann"),
    evaluated("match", r'if(match(field, "^\d{1,3}\.\d"), 1, 0)', {"field": "10.9.165.7"}, 1),
    evaluated("md5", "md5(field)", {"field": "abc"}, "900150983cd24fb0d6963f7d28e17f72"),
    evaluated("mvappend", 'mvappend("middle value", mvappend(last, null()))', {"last": "last value"}, ["middle value", "last value"]),
    evaluated("false", "if(false(), 1, 2)", {}, 2),
    evaluated("mvcount", "mvcount(multifield)", {"multifield": ["a", "b", "c"]}, 3),
    evaluated("mvcount", "mvcount(multifield)", {}, None),
    evaluated("mvfind", "mvfind(mymvfield, \"err\\d+\")", {"mymvfield": ["a", "err7", "err8"]}, 1),
    evaluated("mvfind", "mvfind(mymvfield, \"err\\d+\")", {"mymvfield": ["a"]}, None),
    evaluated("tonumber", "tonumber(store_sales)", {"store_sales": "42"}, 42),
    evaluated("tonumber", "tonumber(store_sales)", {"store_sales": "none"}, None),
    evaluated("mvdedup", "mvdedup(mvfield)", {"mvfield": ["b", "a", "b"]}, ["b", "a"]),
    evaluated("mvindex", "mvindex(multifield, 2)", {"multifield": ["a", "b", "c"]}, "c"),
    evaluated("mvindex", "mvindex(multifield, 1, -1)", {"multifield": ["a", "b", "c"]}, ["b", "c"]),
    evaluated("mvindex", "mvindex(multifield, 3)", {"multifield": ["a", "b", "c"]}, None),
    evaluated("mvjoin", 'mvjoin(base, ";")', {"base": ["a", "b"]}, "a;b"),
    evaluated("mvmap", "mvmap(n, n*10)", {"n": ["1", "2"]}, [10, 20]),
    evaluated("mvmap", "mvmap(n, n*10)", {}, None),
    evaluated("mvsort", "mvsort(mvfield)", {"mvfield": ["b", "10", "9", "a"]}, ["10", "9", "a", "b"]),
    evaluated("now", "now()", {}, NOW),
    evaluated("null", "null()", {}, None),
    evaluated("relative_time", 'relative_time(now(), "-1d@d")', {}, NOW - 15.5 * 3600 - 86400),
    evaluated("replace", r'replace(date, "^(\d{1,2})/(\d{1,2})/", "\2/\1/")', {"date": "1/14/2026"}, "14/1/2026"),
    evaluated("round", "round(3.5)", {}, 4),
    evaluated("round", "round(2.555, 2)", {}, 2.56),
    evaluated("split", 'split(test, ";")', {"test": "a;b"}, ["a", "b"]),
    evaluated("strftime", 'strftime(_time, "%H:%M")', {"_time": NOW}, "15:30"),
    evaluated("strptime", 'strptime(timeStr, "%Y-%m-%d %H:%M")', {"timeStr": "2026-06-18 15:30"}, NOW),
    evaluated("substr", 'substr("string", 1, 3) . substr("string", -3)', {}, "string"[:3] + "string"[-3:]),
    evaluated("tostring", "tostring(12345)", {}, "12345"),
    evaluated("true", 'case(isnull(error), "none", true(), "default")', {"error": "x"}, "default"),
    Example(STATS, "count", 'stats count(eval(status="404")) AS count_status BY sourcetype',
            [{"status": "404", "sourcetype": "a"}, {"status": "200", "sourcetype": "a"}], [{"sourcetype": "a", "count_status": 1}]),
    Example(STATS, "count", "stats count count(user)", of("user", "a", None), [{"count": 2, "count(user)": 1}]),
    Example(STATS, "dc", "stats dc(device) AS numdevices", of("device", "a", "b", "a"), [{"numdevices": 2}]),
    Example(STATS, "max", "stats max(size)", of("size", "9", "10"), [{"max(size)": "10"}]),
    Example(STATS, "max", "stats max(size)", of("size", "9", "text"), [{"max(size)": "text"}]),
    Example(STATS, "median", "stats median(count)", of("count", "770", "838", "858", "1010"), [{"median(count)": 858}]),
    Example(STATS, "min", "stats min(size)", of("size", "9", "10", "text"), [{"min(size)": "9"}]),
    Example(STATS, "sum", "stats sum(bytes) AS total", of("bytes", "1", "2.5", None), [{"total": 3.5}]),
    Example(STATS, "values", "stats values(field) AS found", of("field", "b", "10", "9", "b"), [{"found": ["10", "9", "b"]}]),
]

# (search, what the error names)
UNSUPPORTED = [
    ("transaction host", "command transaction"),
    ("eval n=cidrmatch(\"10.0.0.0/8\", ip)", "eval function cidrmatch"),
    ("eval n=round(1, 2, 3)", "round with 3 arguments"),
    ("stats p95(size)", "stats function p95(size)"),
    ("stats count BY host span=1d", "stats with the option span"),
    ("streamstats current=false last(user) AS before", "streamstats with the option current"),
    ("timechart count", "timechart with the span None"),
    ("fields dvm_*", "fields with the wildcard dvm_*"),
    ("dedup 3 source", "dedup 3 source"),
    ("dedup consecutive=true source", "dedup with the option consecutive"),
    ("sort num(ip)", "sort num(ip)"),
    ("search login", "search for the keyword 'login'"),
    ("mvexpand foo limit=100", "mvexpand foo limit=100"),
    ("inputlookup usertogroup where user=ann", "inputlookup with the option user"),
    ("where 1=0 | outputlookup usertogroup", "outputlookup usertogroup of 0 rows"),
    ("appendpipe run_in_preview=true [head 1]", "appendpipe with the option run_in_preview"),
    ("lookup usertogroup user OUTPUTNEW group", "lookup usertogroup user OUTPUTNEW group"),
    ("eval n=relative_time(now(), \"@w0\")", "time modifier '@w0'"),
    ("makeresults count=5", "makeresults count=5"),
    ("append extendtimerange=true [makeresults]", "append with the option extendtimerange"),
]

# (text, what the error says)
UNREADABLE = [
    ('eval n="open', "unbalanced quote"),
    ("eval n=(1", "missing )"),
    ("eval n=1 2", "unexpected '2'"),
    ("eval n=", "expected a value, found the end"),
    ("eval n", "eval without ="),
    ("where a=#", "cannot read the expression"),
    ("search a=", "a is compared with nothing"),
    ("search a=1 OR", "expected a term, found the end"),
    ("search (a=1", "missing )"),
    ("table a | | table b", "stage 2 is empty"),
    ("rename a b", "not of the form a AS b"),
    ("eval n=`nothing`", "no macro nothing"),
    ("inputlookup nothing", "no lookup nothing"),
    ("lookup usertogroup user OUTPUT grp", "usertogroup.csv has no column grp"),
    ("eval n=isnull(a)", "Boolean"),
]


class Emulated(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "usertogroup.csv"
        self.path.write_text(USERS, encoding="utf-8")
        self.emulator = Emulator(NOW, {}, {"usertogroup": Lookup(self.path)}.get)

    def test_examples_of_the_documentation(self):
        for example in EXAMPLES:
            page = tables()[example.kind][example.name].page
            with self.subTest(page=page, search=example.search):
                self.path.write_text(USERS, encoding="utf-8")
                given = example.search if example.search.split()[0] in tables()[COMMAND] else f"search {example.search}"
                self.assertEqual(self.emulator.run(given, example.before), example.after)

    def test_every_entry_has_an_example(self):
        shown = {(example.kind, example.name) for example in EXAMPLES}
        known = {(kind, name) for kind, entries in tables().items() for name in entries}
        self.assertEqual(known - shown, set())

    def test_every_example_uses_its_entry(self):
        for example in EXAMPLES:
            wanted = example.name in example.search or example.name == "search"
            self.assertTrue(wanted, example)

    def test_what_is_not_supported_is_named(self):
        for search, said in UNSUPPORTED:
            with self.subTest(search), self.assertRaises(Unsupported) as raised:
                self.emulator.run(search, [{"_time": 1, "ip": "1", "source": "s"}] if not search.startswith(("make", "input")) else [])
            self.assertIn(said, str(raised.exception))

    def test_what_cannot_be_read_is_an_error(self):
        for search, said in UNREADABLE:
            with self.subTest(search), self.assertRaises(reader.SplError) as raised:
                self.emulator.run(search, [] if search.startswith("inputlookup") else [{"user": "ann"}])
            self.assertIn(said, str(raised.exception))

    def test_the_linter_knows_what_the_emulator_knows(self):
        self.assertEqual(set(tables()[COMMAND]) - set(linter.COMMANDS), set())
        self.assertEqual(set(tables()[EVAL]) - functions.FUNCTIONS, set())
        self.assertEqual([name for name in tables()[STATS] if not aggregate.FUNCTIONS.fullmatch(name)], [])

    def test_the_table_is_printed(self):
        for entries in tables().values():
            for name, entry in entries.items():
                self.assertIn(f"| {name} | ", markdown())
                self.assertTrue(entry.page and entry.supported.startswith(name))


class Read(unittest.TestCase):
    def test_stages_end_at_pipes_outside_quotes_and_brackets(self):
        self.assertEqual(reader.stages('a="x|y" | append [search b | table c] | table d'),
                         ['search a="x|y"', "append [search b | table c]", "table d"])

    def test_comments_and_macros(self):
        macros = {"one": ("a=1", []), "two(2)": ("$x$ OR $y$", ["x", "y"])}
        self.assertEqual(reader.expand('`one` ```not this``` `two(b="p,q", c)`', macros), 'a=1   b="p,q" OR c')

    def test_and_binds_tighter_than_or_in_expressions(self):
        self.assertEqual(expression.parse("a OR b AND NOT c=1 + 2 * 3"), expression.parse("a OR (b AND (NOT (c=(1 + (2 * 3)))))"))

    def test_or_binds_tighter_than_and_in_conditions(self):
        self.assertEqual(condition.parse("a=1 b=2 OR c=3"), condition.parse("a=1 AND (b=2 OR c=3)"))

    def test_fields_of_a_condition(self):
        text = "index=x ('a b'=1 OR \"c\" IN (d, \"e f\")) NOT g != \"h=i\" j >= 2 word \"k=l\" TERM(m=n)"
        self.assertEqual(list(condition.fields(condition.parse(text))), ["index", "a b", "c", "g", "j"])


if __name__ == "__main__":
    unittest.main()
