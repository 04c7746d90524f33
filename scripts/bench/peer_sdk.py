"""The peer as a StreamingCommand of the official SDK. BENCH_NAMES is the path of the table of operations."""

import os
import sys

from splunklib.searchcommands import Configuration, StreamingCommand, dispatch
from tagging import Tagger


@Configuration()
class DirectVM(StreamingCommand):
    def stream(self, records):
        tagger = Tagger(os.environ["BENCH_NAMES"])
        blank = dict.fromkeys(tagger.fields, "")
        for record in records:
            tags = tagger.tags(record.get("_raw"), record)
            # The SDK takes the header from the first record, so that every record needs every field.
            for name, value in blank.items():
                record.setdefault(name, value)
            if tags is not None:
                record.update(tags)
            yield record


dispatch(DirectVM, sys.argv, sys.stdin, sys.stdout, __name__)
