#!/usr/bin/env python3
"""Tests that no difference between two replies goes unseen. Run by tests/same.rs."""

import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

import differences
import meant


def frame(metadata, body):
    return b"chunked 1.0,%d,%d\n%s%s" % (len(metadata), len(body), metadata, body)


def found(old, new):
    """What differs between two bodies."""
    replies = (frame(b"{}", body) for body in (old, new))
    return [(one.what, one.old, one.new) for one in differences.of_replies(*replies)]


class Differences(unittest.TestCase):
    def test_a_cell(self):
        self.assertEqual(found(b"a,b\n1,2\n", b"a,b\n1,3\n"), [("column b", b"2", b"3")])
        quoted = b'a,b\n"x\n,""y",%s\n'
        self.assertEqual(found(quoted % b"2", quoted % b""), [("column b", b"2", b"")])
        self.assertEqual(found(b"a,__mv_a\n1,\n", b"a,__mv_a\n1,$x$\n"), [("column a", b"", b"$x$")])

    def test_quotes_around_the_same_value(self):
        self.assertEqual(found(b'a\n"1"\n', b"a\n1\n"), [("column a", b'"1"', b"1")])

    def test_columns_that_are_new_gone_or_moved(self):
        self.assertEqual(found(b"a,b\n1,2\n", b"a,b,c\n1,2,3\n"), [("header c", b"", b"c")])
        self.assertEqual(found(b"a,b\n1,2\n", b"b\n4\n"), [("header a", b"a", b""), ("column b", b"2", b"4")])
        self.assertEqual(found(b"a,b\n1,2\n", b"b,a\n2,1\n"), [("header", b"a,b", b"b,a")])

    def test_rows_and_frames(self):
        self.assertEqual(found(b"a\n1\n2\n", b"a\n1\n"), [("rows", b"3 rows with the header", b"2 rows with the header")])
        one = frame(b"{}", b"")
        self.assertEqual([difference.what for difference in differences.of_replies(one, one + one)], ["frames"])

    def test_every_change_of_a_byte_is_found(self):
        body = b'a,b,c\n"x""\ny",,"$1$;$2$"\r\n1,"unterminated\n,2'
        for at in range(len(body)):
            for byte in b'a",\n\r$':
                other = body[:at] + bytes([byte]) + body[at + 1 :]
                self.assertEqual(found(body, other) == [], body == other, other)
            self.assertTrue(found(body, body[:at] + body[at + 1 :]), at)

    def test_metadata(self):
        old, new = frame(b'{"x":["a","b"],"y":1}', b""), frame(b'{"x":["a","c"],"y":1}', b"")
        self.assertEqual(
            [(one.what, one.old, one.new) for one in differences.of_replies(old, new)], [("metadata x", b'["b"]', b'["c"]')]
        )
        blank = frame(b'{"x": 1}', b""), frame(b'{"x":1}', b"")
        self.assertEqual([one.what for one in differences.of_replies(*blank)], ["metadata"])

    def test_lines(self):
        self.assertEqual([one.where for one in differences.of_lines("stdout", b"a\nb\n", b"a\nc\n")], ["line 2"])
        self.assertEqual([one.what for one in differences.of_lines("stdout", b"a\nb\n", b"a\n")], ["stdout lines"])


class Meant(unittest.TestCase):
    def read(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "meant.toml"
            path.write_text(text, encoding="utf-8")
            return meant.read(path)

    def test_an_entry_covers_what_it_names_and_no_more(self):
        entries = self.read('[[meant]]\nsession = "raw/*"\nwhat = "column a"\nold = "^1$"\nreason = "r"\n')
        difference = differences.Difference("column a", "", b"1", b"2")
        other = differences.Difference("column a", "", b"11", b"2")
        self.assertTrue(meant.is_meant(entries, "raw/x", difference))
        self.assertFalse(meant.is_meant(entries, "fields/x", difference))
        self.assertFalse(meant.is_meant(entries, "raw/x", other))
        self.assertEqual(entries[0].count, 1)

    def test_an_entry_without_a_reason_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "entry 1: `old_` is unknown, `reason` is missing"):
            self.read('[[meant]]\nsession = "*"\nwhat = "*"\nold_ = "1"\n')

    def test_the_list_can_be_read(self):
        meant.read(pathlib.Path(__file__).resolve().parent.parent.parent / "tests/same/meant.toml")


if __name__ == "__main__":
    unittest.main()
