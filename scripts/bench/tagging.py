"""What the peers in Python do with an event: less than the command. They compare names only: no conditions, no severity
steps, no multivalue fields, one cloud."""

import fnmatch
import json
import re

NAME = re.compile(r'"eventName":\s*"([^"\\]+)"')


class Tagger:
    fields = (
        "AlertType UserARN TargetInstance SourceIP dvm_cloud dvm_operation dvm_operation_name dvm_access dvm_actor "
        "dvm_target dvm_src dvm_severity dvm_technique dvm_account dvm_region"
    ).split()

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.names = json.load(file)

    def columns(self, header):
        """Returns a function from row to tags, for rows with this header."""
        at = {name: place for place, name in reversed(list(enumerate(header)))}
        name, raw = at.get("eventName"), at.get("_raw")
        if name is None:
            return lambda row: self.tags(row[raw], None)
        names = self.names
        return lambda row: self.of(dict(zip(header, row))) if row[name] in names else None

    def tags(self, raw, record):
        """The tags of an event, by the extracted name, or else by the name in the text."""
        if record is not None and "eventName" in record:
            return self.of(record) if record["eventName"] in self.names else None
        name = NAME.search(raw)
        if name is None or name[1] not in self.names:
            return None
        return self.of(json.loads(raw))

    def of(self, event):
        known = self.names[event["eventName"]]
        if not any(fnmatch.fnmatch(event.get("eventSource", ""), glob) for glob in known["services"]):
            return None
        get = event.get
        actor = get("userIdentity.arn") or (get("userIdentity") or {}).get("arn", "")
        parameters = get("requestParameters") or {}
        target = get("requestParameters.target") or get("requestParameters.instanceId")
        target = target or parameters.get("target") or parameters.get("instanceId") or ""
        tags = {name: value for name, value in known.items() if name.startswith("dvm_") and name != "dvm_technique"}
        return tags | {
            "AlertType": "AWS_DirectVMConnection",
            "UserARN": actor,
            "TargetInstance": target,
            "SourceIP": get("sourceIPAddress", ""),
            "dvm_cloud": "aws",
            "dvm_actor": actor,
            "dvm_target": target,
            "dvm_src": get("sourceIPAddress", ""),
            "dvm_technique": "\n".join(known["dvm_technique"]),
            "dvm_account": get("recipientAccountId", ""),
            "dvm_region": get("awsRegion", ""),
        }
