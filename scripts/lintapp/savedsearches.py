"""savedsearches.conf: what each search must be, and what its alert and Enterprise Security keys may name."""

import json
import re

from . import schedule, tokens

PREFIX = "DirectVM - "
MAX_NAME_LENGTH = 99
JSON_KEYS = [
    "action.correlationsearch.annotations", "action.correlationsearch.metadata", "action.risk.param._risk",
    "action.notable.param._entities", "action.notable.param.drilldown_searches", "action.notable.param.next_steps",
]
TEXT_KEYS = [
    "action.risk.param._risk_message", "action.notable.param.rule_title", "action.notable.param.rule_description",
]
GIVEN_BY_SPLUNK = {"info_min_time", "info_max_time", "info_search_time"}
FILTER = re.compile(r"`(directvm_filter_\w+)`")
WRITERS = ("outputlookup ", "collect ")


def check(stanzas, linter, faults):
    schedule.check(stanzas, faults)
    schedule.check_raw_hours(stanzas, faults)
    filters = {}
    for stanza in stanzas.values():
        report = faults.at(f"savedsearches.conf:{stanza.line} [{stanza.name}]")
        check_form(stanza, report)
        name = check_filter(stanza, report)
        if name in filters:
            report(f"shares its filter {name} with [{filters[name]}]")
        filters[name] = stanza.name
        schedule.check_times(stanza, report)
        flow = linter.lint(stanza.get("search"), report)
        check_condition(stanza, linter, flow, report)
        check_alert(stanza, flow, report)
        check_drilldowns(stanza, linter, flow, report)


def check_form(stanza, report):
    if not stanza.name.startswith(PREFIX) or len(stanza.name) > MAX_NAME_LENGTH:
        report(f"its name must begin with {PREFIX!r} and be at most {MAX_NAME_LENGTH} characters long")
    if stanza.get("disabled") != "1":
        report("must ship with disabled = 1")
    if not stanza.get("description"):
        report("has no description")


def check_filter(stanza, report):
    """The filter macro is the last stage, or stands before the one that writes the rows."""
    stages = [stage.strip() for stage in stanza.get("search").split("\n")]
    if stages and stages[-1].lstrip("| ").startswith(WRITERS):
        stages.pop()
    found = FILTER.search(stages[-1]) if stages else None
    if not found:
        report("does not end in a filter macro of its own")
    return found[1] if found else None


def check_condition(stanza, linter, flow, report):
    if stanza.get("alert_condition") and flow is not None:
        linter.lint(stanza.get("alert_condition"), report, flow.copy())


def read_json(stanza, key, report):
    if key not in stanza.values:
        return None
    try:
        return json.loads(stanza.get(key))
    except ValueError as error:
        report(f"{key} is not valid JSON: {error}")
        return None


def known(flow, names, where, report):
    for name in names:
        if flow is not None and not flow.open and name not in flow.fields and name not in GIVEN_BY_SPLUNK:
            report(f"{where} names the field {name}, which the search does not give")


def split(text):
    return [part.strip() for part in text.split(",") if part.strip()]


def check_alert(stanza, flow, report):
    read = {key: read_json(stanza, key, report) for key in JSON_KEYS}
    known(flow, split(stanza.get("alert.suppress.fields")), "alert.suppress.fields", report)
    known(flow, split(stanza.get("action.notable.param.nes_fields")), "nes_fields", report)
    for entry in read["action.risk.param._risk"] or []:
        fields = [value for key, value in entry.items() if key.endswith("_object_field")]
        known(flow, fields, "action.risk.param._risk", report)
    for key in TEXT_KEYS:
        known(flow, [name for name, _ in tokens.used(stanza.get(key))], key, report)
    if stanza.get("alert.suppress") == "1":
        check_throttle(stanza, report)


def check_throttle(stanza, report):
    for key, wanted in (("alert.digest_mode", r"1"), ("alert.suppress.fields", r".+"), ("alert.suppress.period", r"\d+[smhd]")):
        if not re.fullmatch(wanted, stanza.get(key)):
            report(f"throttles, but {key} is {stanza.get(key)!r}")


def check_drilldowns(stanza, linter, flow, report):
    drilldowns = read_json(stanza, "action.notable.param.drilldown_searches", lambda _: None) or []
    for drilldown in drilldowns:
        place = f"drilldown {drilldown.get('name')!r}"
        for name, how in tokens.used(drilldown["search"]):
            known(flow, [name], place, report)
            if how != "|s":
                report(f"{place} uses ${name}$ without |s")
        linter.lint(tokens.fill(drilldown["search"], {}), lambda text, at=place: report(f"{at}: {text}"))
        for key in ("name", "earliest_offset", "latest_offset"):
            known(flow, [name for name, _ in tokens.used(drilldown[key])], place, report)
