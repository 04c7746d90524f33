"""The keys that this app uses, by conf file. A key that is missing here is a typing mistake until proved otherwise."""

import re

SAVED_SEARCH = """
description search disabled enableSched cron_schedule schedule_window realtime_schedule
dispatch.earliest_time dispatch.latest_time dispatch.index_earliest dispatch.index_latest
counttype relation quantity alert_condition
alert.track alert.severity alert.expires alert.digest_mode alert.suppress alert.suppress.fields alert.suppress.period
request.ui_dispatch_app request.ui_dispatch_view
action.correlationsearch.enabled action.correlationsearch.detection_type action.correlationsearch.label
action.correlationsearch.annotations action.correlationsearch.metadata
action.risk action.risk.param._risk action.risk.param._risk_message action.risk.param._risk_score action.risk.param.verbose
action.notable action.notable.param._entities action.notable.param.nes_fields action.notable.param.rule_title
action.notable.param.rule_description action.notable.param.security_domain action.notable.param.severity
action.notable.param.drilldown_searches action.notable.param.next_steps
"""
APP = """
is_configured state build id check_for_updates name version is_visible label supported_themes author description
deployer_lookups_push_mode reload.analyticstories
"""
STORY = """
category last_updated version references maintainers spec_version searches description narrative
type asset_type confidence explanation how_to_implement annotations known_false_positives providing_technologies
"""
BNF = "syntax simplesyntax shortdesc description category usage tags related"

ALLOWED = {
    "savedsearches": SAVED_SEARCH,
    "macros": "definition description iseval args validation errormsg",
    "transforms": "filename case_sensitive_match max_matches min_matches match_type default_match",
    "props": "KV_MODE",
    "eventtypes": "search description disabled priority",
    "tags": "authentication change cloud",
    "commands": "chunked filename is_risky run_in_preview maxwait maxchunksize",
    "searchbnf": BNF,
    "analyticstories": STORY,
    "app": APP,
    "distsearch": "directvm_operations directvm_samples directvm_tuning_seen",
    "server": "conf_replication_include.analyticstories",
}
NUMBERED = {"searchbnf": re.compile(r"(example|comment)\d+")}


def check(name, stanzas, faults):
    allowed = set(ALLOWED[name].split())
    numbered = NUMBERED.get(name)
    for stanza in stanzas.values():
        for key, line in stanza.lines.items():
            if key not in allowed and not (numbered and numbered.fullmatch(key)):
                faults.add(f"{name}.conf:{line}", f"[{stanza.name}] key {key} is not known")
