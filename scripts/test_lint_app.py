#!/usr/bin/env python3
"""Plants one mistake at a time in a copy of the app; the linter must name each, and nothing in the app as it is.

usage: test_lint_app.py PROGRAM
"""

import json
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

from lintapp.app import App

SOURCE = pathlib.Path(__file__).resolve().parent.parent / "splunk_app"
SERIAL = "[DirectVM - Serial console access]"
COLLECT = "[DirectVM - Collect findings]"
PROGRAM = None


class Planted(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.app = pathlib.Path(folder.name) / "directvm"
        shutil.copytree(SOURCE, self.app)
        self.views = self.app / "default/data/ui/views"
        shutil.rmtree(self.views, ignore_errors=True)
        self.views.mkdir(parents=True)

    def lint(self):
        return App(self.app, PROGRAM).check()

    def change(self, file, old, new, after=""):
        path = self.app / file
        text = path.read_text(encoding="utf-8")
        start = text.index(after)
        self.assertIn(old, text[start:], f"{file} no longer holds what this test changes")
        path.write_text(text[:start] + text[start:].replace(old, new, 1), encoding="utf-8")

    def assert_named(self, part):
        found = self.lint()
        self.assertTrue(any(part in line for line in found), f"{part!r} is not among {found}")

    def in_serial(self, old, new):
        self.change("default/savedsearches.conf", old, new, after=SERIAL)

    def in_collector(self, old, new):
        self.change("default/savedsearches.conf", old, new, after=COLLECT)

    def view(self, definition):
        text = json.dumps(definition)
        (self.views / "planted.xml").write_text(f'<dashboard version="2"><definition><![CDATA[{text}]]></definition></dashboard>')

    def test_the_app_as_it_is(self):
        self.assertEqual(self.lint(), [])

    def test_unknown_macro(self):
        self.in_serial("`directvm_alert`", "`directvm_alertt`")
        self.assert_named("no macro directvm_alertt")

    def test_wrong_argument_count(self):
        self.in_serial("`directvm_alert`", "`directvm_alert(1)`")
        self.assert_named("no macro directvm_alert(1); there is directvm_alert")

    def test_macro_cycle(self):
        self.change("default/macros.conf", "definition = 5", "definition = `directvm_fanout_targets`")
        self.assert_named("calls itself")

    def test_macro_inside_quotes(self):
        self.in_serial('alert="serial_console"', 'alert="`directvm_fanout_targets`"')
        self.assert_named("a macro inside quotes")

    def test_missing_lookup_column(self):
        self.in_serial("| `directvm_alert`", "| lookup directvm_tuning id AS dvm_tuning OUTPUT owned | `directvm_alert`")
        self.assert_named("lookup directvm_tuning has no column owned")

    def test_missing_lookup_file(self):
        (self.app / "lookups/directvm_samples.csv").unlink()
        self.assert_named("directvm_samples.csv is missing")

    def test_list_of_the_admins_in_the_package(self):
        (self.app / "lookups/directvm_tuning.csv").write_text("id\n", encoding="utf-8")
        self.assert_named("an upgrade would replace it")

    def test_rows_that_do_not_fit_the_file_they_are_written_to(self):
        self.in_serial("| `directvm_alert`", "| table dvm_access | outputlookup directvm_samples")
        self.assert_named("not in the file ['dvm_access']")

    def test_unknown_field(self):
        self.in_serial("where alert=", "where dvm_acces=")
        self.assert_named("unknown field dvm_acces")

    def test_field_that_an_earlier_stage_took_away(self):
        self.change("default/macros.conf", "case(reached >=", "case(dvm_summary >=")
        self.assert_named("unknown field dvm_summary")

    def test_cim_field_although_cim_is_off(self):
        self.in_collector("| `directvm_collected`", "| where vendor_account=1 | `directvm_collected`")
        self.assert_named("unknown field vendor_account")

    def test_word_that_a_field_never_holds(self):
        self.in_serial('alert="serial_console"', 'dvm_access="serial_consol"')
        self.assert_named("dvm_access is never 'serial_consol'")

    def test_word_in_a_list(self):
        self.change("default/macros.conf", 'in(dvm_outcome, "success"', 'in(dvm_outcome, "succeeded"')
        self.assert_named("dvm_outcome is never 'succeeded'")

    def test_wrong_option(self):
        self.in_collector("mode=filter", "mode=filtre")
        self.assert_named("did you mean filter?")

    def test_unknown_option(self):
        self.in_collector("mode=filter", "mod=filter")
        self.assert_named('unknown option "mod"')

    def test_unbalanced_quote(self):
        self.in_serial('alert="serial_console"', 'alert="serial_console')
        self.assert_named("unbalanced")

    def test_unbalanced_bracket(self):
        self.in_serial("where alert", "where (alert")
        self.assert_named("missing )")

    def test_unbalanced_backtick(self):
        self.in_serial("`directvm_alert`", "`directvm_alert")
        self.assert_named("backtick")

    def test_unknown_command(self):
        self.in_serial("| where", "| wheere")
        self.assert_named("unknown command: wheere")

    def test_unknown_function(self):
        self.change("default/savedsearches.conf", "isnotnull(dvm_document)", "isnotnul(dvm_document)")
        self.assert_named("isnotnul() is not a function")

    def test_unknown_aggregation(self):
        self.change("default/savedsearches.conf", "dc(dvm_target)", "dcc(dvm_target)")
        self.assert_named("is not an aggregation")

    def test_expression_that_cannot_be_parsed(self):
        self.in_serial("alert=", "alert alert=")
        self.assert_named("unexpected 'alert' in the expression")

    def test_condition_that_cannot_be_parsed(self):
        self.change("default/eventtypes.conf", "(dvm_access=shell_session", "(dvm_access=) (dvm_access=shell_session")
        self.assert_named("is compared with nothing")

    def test_bad_cron(self):
        for cron, said in (("61 * * * *", "not within 0-59"), ("7 * * *", "4 fields"), ("* * * * *", "60 times an hour")):
            with self.subTest(cron):
                self.setUp()
                self.in_serial("cron_schedule = 3,18,33,48 * * * *", f"cron_schedule = {cron}")
                self.assert_named(said)

    def test_two_searches_in_one_minute(self):
        self.in_serial("cron_schedule = 3,", "cron_schedule = 2,")
        self.assert_named("runs in the same minute as [DirectVM - Direct cloud VM connection of high severity]")

    def test_bad_time(self):
        self.in_serial("index_earliest = -24h", "index_earliest = -24hh")
        self.assert_named("dispatch.index_earliest = -24hh is not a time")

    def test_raw_events_that_are_read_over_and_over(self):
        self.in_collector("index_earliest = -10m@m", "index_earliest = -65m@m")
        self.assert_named("read 12.0 hours of raw events an hour")

    def test_enabled(self):
        self.in_serial("disabled = 1", "disabled = 0")
        self.assert_named("must ship with disabled = 1")

    def test_unknown_key(self):
        self.in_serial("cron_schedule", "cron_shedule")
        self.assert_named("key cron_shedule is not known")

    def test_broken_json(self):
        self.in_serial('"type_list":["TTP"]}', '"type_list":["TTP"]')
        self.assert_named("action.correlationsearch.annotations is not valid JSON")

    def test_throttle_field_that_no_row_has(self):
        self.in_serial("alert.suppress.fields = dvm_principal", "alert.suppress.fields = dvm_principle")
        self.assert_named("alert.suppress.fields names the field dvm_principle")

    def test_risk_field_that_no_row_has(self):
        self.in_serial('"risk_object_field":"dest"', '"risk_object_field":"dset"')
        self.assert_named("_risk names the field dset")

    def test_title_token_that_no_row_has(self):
        self.in_serial("$machine$", "$machin$")
        self.assert_named("rule_title names the field machin")

    def test_unquoted_token_in_a_drilldown(self):
        self.in_serial("dvm_principal=$dvm_principal|s$", "dvm_principal=$dvm_principal$")
        self.assert_named("uses $dvm_principal$ without |s")

    def test_no_filter_macro(self):
        self.in_serial("`directvm_filter_serial_console`", "search *")
        self.assert_named("does not end in a filter macro")

    def test_filter_macro_of_another_search(self):
        self.in_serial("`directvm_filter_serial_console`", "`directvm_filter_high_severity`")
        self.assert_named("shares its filter")

    def test_story_names_a_search_that_is_not_there(self):
        self.change("default/analyticstories.conf", "DirectVM - Serial console access", "DirectVM - Serial")
        self.assert_named("no saved search 'DirectVM - Serial'")

    def test_tag_without_event_type(self):
        self.change("default/tags.conf", "eventtype=directvm_finding]", "eventtype=directvm_findings]")
        self.assert_named("no event type directvm_findings")

    def test_example_in_the_search_help(self):
        self.change("default/searchbnf.conf", "mode=filter min_severity=medium", "mode=filter min_severity=midium")
        self.assert_named("did you mean medium?")

    def test_dashboard_search(self):
        self.view({"dataSources": {
            "base": {"type": "ds.search", "options": {"query": "`directvm_events` | directvm input=raw mode=filter | stats count BY dvm_cloud"}},
            "chain": {"type": "ds.chain", "options": {"extend": "base", "query": "| where dvm_access=\"tunnel\""}},
            "lost": {"type": "ds.chain", "options": {"extend": "bass", "query": "| table dvm_cloud"}},
            "token": {"type": "ds.search", "options": {"query": "`directvm_events` | directvm input=raw | search dvm_actor=$who$"}},
        }, "inputs": {"i": {"type": "input.text", "options": {"token": "who", "defaultValue": "*"}}},
            "visualizations": {"v": {"type": "splunk.table", "dataSources": {"primary": "gone"}}}})
        for part in ("unknown field dvm_access", "extends bass", "$who$ is used without |s", "data source gone is missing"):
            with self.subTest(part):
                self.assert_named(part)

    def test_sound_dashboard(self):
        self.view({"dataSources": {
            "base": {"type": "ds.search", "options": {"query": "`directvm_events` | directvm input=raw mode=filter min_severity=$level$ | search dvm_actor=$who|s$ | fields _time dvm_cloud dvm_access"}},
            "chain": {"type": "ds.chain", "options": {"extend": "base", "query": "| timechart span=1h count BY dvm_access"}},
            "saved": {"type": "ds.savedSearch", "options": {"ref": "DirectVM - Self test"}},
        }, "inputs": {
            "i": {"type": "input.text", "options": {"token": "who", "defaultValue": "*"}},
            "j": {"type": "input.dropdown", "options": {"token": "level", "defaultValue": "low"}},
        }, "visualizations": {"v": {"type": "splunk.line", "dataSources": {"primary": "chain"}}}})
        self.assertEqual(self.lint(), [])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    PROGRAM = pathlib.Path(sys.argv.pop()).resolve()
    unittest.main()
