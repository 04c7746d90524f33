"""Stories of events: of each, which searches it must raise. One that must stay silent is near one that must not."""

import base64
import copy
import csv
import dataclasses
import datetime
import json
import pathlib

NOW = datetime.datetime(2026, 5, 2, 18, 0, tzinfo=datetime.timezone.utc).timestamp()
# When the samples of Google Cloud happened.
SAMPLED = datetime.datetime(2026, 8, 14, 9, 21, 37, tzinfo=datetime.timezone.utc).timestamp()
ACCOUNT, ELSEWHERE = "222233334444", "999988887777"
FIRST, SECOND, THIRD = (f"i-0a1b2c3d4e5f6000{number}" for number in (1, 2, 3))

HIGH = "Direct cloud VM connection of high severity"
CONSOLE = "Serial console access"
KEY = "Key push followed by access"
CREDENTIAL = "Credential read and then used"
ENABLED = "Access enabled and then used"
GRANTED = "Denied and then granted"
HOP = "Machine entered, then used to reach another"
UNRECORDED = "Recording switched off, then a session"
FAN_OUT = "One principal reaches many machines"
KEY_FAN_OUT = "One key pushed to many machines"
PREPARED = "Credential retrieved or access prepared"
RECORDING = "Recording or preferences of sessions changed"
ORDER = "Standing order set up or changed"
FIRST_RUN = "Service runs a document for the first time"
PATHS = "Denied on several access paths"
FOREIGN = "Principal of another account"
ENDED = "Session ended by somebody else"
LEFT_OPEN = "Hunt - Sessions left open"
RAN = "Hunt - What ran on the machine"
UNTYPED = "Hunt - Sessions without a transcript"
CUT = "Watch - Records arrive cut"

NEW_MACHINE = "Principal on a machine for the first time"
UNUSUAL = "Unusual combination"

# It reads what the index knows of its sourcetypes, not events.
NOT_RUN = "Watch - A log has gone silent"
# What every story is told of, and what only those that name it are.
ALWAYS = "Hunt - "


@dataclasses.dataclass
class Story:
    """`events` happened before `now`; `says` has the titles of alerts."""

    name: str
    events: list
    raises: list
    says: dict = dataclasses.field(default_factory=dict)
    now: float = NOW
    # (time of day, machine, user, process, parent) of the data model Endpoint.
    processes: list = dataclasses.field(default_factory=list)
    # (session, machine, user, lines typed) of Session Manager's transcripts.
    transcripts: list = dataclasses.field(default_factory=list)
    silent: list = dataclasses.field(default_factory=list)
    # (name, status) of search peers.
    peers: list = dataclasses.field(default_factory=list)
    # Bytes of each record that arrive; all if it is 0.
    cut: int = 0
    # {search: [{field: value}]}: what its rows hold, in any order.
    rows: dict = dataclasses.field(default_factory=dict)


def user(name, account=ACCOUNT):
    return {"type": "IAMUser", "arn": f"arn:aws:iam::{account}:user/{name}", "userName": name, "accountId": account}


def role(name, session, account=ACCOUNT):
    """A role, and the session name that its caller chose."""
    issuer = {"type": "Role", "arn": f"arn:aws:iam::{account}:role/{name}", "accountId": account, "userName": name}
    return {"type": "AssumedRole", "arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session}", "accountId": account,
            "sessionContext": {"sessionIssuer": issuer}}


def aws(time, service, name, who, asked=None, answer=None, **others):
    """A record of CloudTrail; `who` is the name of a user, or an identity."""
    identity = user(who) if isinstance(who, str) else who
    record = {
        "eventVersion": "1.11", "eventTime": f"2026-05-02T{time}Z", "eventSource": f"{service}.amazonaws.com", "eventName": name,
        "awsRegion": "eu-north-1", "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2.31.0", "recipientAccountId": ACCOUNT,
        "userIdentity": identity, "requestParameters": asked or {}, "responseElements": answer,
        "eventType": "AwsApiCall",
    }
    record |= others
    record["eventID"] = f"0000-{name}-{time}-{identity['arn'][-24:]}-{str(asked)[-40:]}"
    return record


DENIED = {"errorCode": "AccessDenied", "errorMessage": "is not authorized"}


def session(time, who, machine, number=1, **others):
    name = number if isinstance(number, str) else f"s-{number}"
    return aws(time, "ssm", "StartSession", who, {"target": machine}, {"sessionId": name}, **others)


def usual(who, machine):
    """The same session every few days of the weeks before."""
    days = [session("09:10:00", who, machine, f"before-{day}") | {"eventTime": f"2026-04-{day:02}T09:10:00Z", "eventID": f"0000-before-{who}-{day}"}
            for day in (12, 15, 20, 25, 29)]
    return days


def key(time, who, machine, owner="kim"):
    """The public key of an owner, pushed."""
    text = "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + owner.encode().ljust(32)).decode()
    return aws(time, "ec2-instance-connect", "SendSSHPublicKey", who,
               {"instanceId": machine, "instanceOSUser": "ec2-user", "sSHPublicKey": text}, {"success": True})


def console(time, who, machine, **others):
    return aws(time, "ec2-instance-connect", "SendSerialConsoleSSHPublicKey", who, {"instanceId": machine, "serialPort": 0}, {"success": True}, **others)


def script(time, who, machines, **others):
    asked = {"documentName": "AWS-RunShellScript", "instanceIds": machines}
    return aws(time, "ssm", "SendCommand", who, asked, {"command": {"commandId": f"c-{time}"}}, **others)


def by_service(record):
    """The same call, made by Systems Manager as a standing order."""
    record["userIdentity"]["invokedBy"] = record["sourceIPAddress"] = record["userAgent"] = "ssm.amazonaws.com"
    return record


def azure_run(time, machine):
    """A run command on a machine of Azure, by a user."""
    scope = "/subscriptions/5ab50000-0000-4000-8000-000000000001/resourceGroups/ops/providers/Microsoft.Compute/virtualMachines"
    return {
        "time": time, "category": "Administrative", "resultType": "Success", "callerIpAddress": "203.0.113.50",
        "operationName": "MICROSOFT.COMPUTE/VIRTUALMACHINES/RUNCOMMAND/ACTION", "correlationId": "3f2b0000-0000-4000-8000-000000000001",
        "resourceId": f"{scope}/{machine}", "identity": {"claims": {"name": "kim@example.com",
            "http://schemas.microsoft.com/identity/claims/objectidentifier": "0b1e0000-0000-4000-8000-000000000001"}},
    }


def azure_schedule(time, group):
    """A runbook is bound to a schedule; it runs on the machines of a group of hybrid workers, or in Azure's sandbox."""
    record = azure_run(time, "none")
    account = "/subscriptions/5ab50000-0000-4000-8000-000000000001/resourceGroups/ops/providers/Microsoft.Automation/automationAccounts/ops"
    body = {"properties": {"schedule": {"name": "nightly"}, "runbook": {"name": "tidy"}, "runOn": group}}
    return record | {"operationName": "MICROSOFT.AUTOMATION/AUTOMATIONACCOUNTS/JOBSCHEDULES/WRITE", "resourceId": f"{account}/jobSchedules/0c6d2b1e",
                     "properties": {"requestbody": json.dumps(body)}}


def azure_bastion(time):
    """A bastion host is made."""
    record = azure_run(time, "none")
    hosts = "/subscriptions/5ab50000-0000-4000-8000-000000000001/resourceGroups/ops/providers/Microsoft.Network/bastionHosts"
    return record | {"operationName": "MICROSOFT.NETWORK/BASTIONHOSTS/WRITE", "resourceId": f"{hosts}/front"}


def from_person(record, name):
    """The same call with the source identity that the session of the role was given."""
    record = copy.deepcopy(record)
    record["userIdentity"]["sessionContext"]["sourceIdentity"] = name
    return record


def sample(operation):
    """The sample event of an operation, as of SAMPLED."""
    path = pathlib.Path(__file__).resolve().parents[2] / "splunk_app/lookups/directvm_samples.csv"
    with path.open(encoding="utf-8", newline="") as file:
        raw = next(row["_raw"] for row in csv.DictReader(file) if row["test"].startswith(f"{operation}:"))
    return json.loads(raw)


def machine_of(machine):
    """The credentials of a machine's own role."""
    return role("WebServer", machine)


def many(make, count, who):
    """The same call on as many machines, a minute after another."""
    return [make(f"09:{number:02}:00", who, f"i-0a1b2c3d4e5f6{number:04}") for number in range(count)]


def with_names(record, names):
    """The same record under different session names of the role."""
    made = []
    for number, name in enumerate(names):
        other = copy.deepcopy(record)
        other["userIdentity"]["arn"] = other["userIdentity"]["arn"].rpartition("/")[0] + f"/{name}"
        other["requestParameters"] = {"target": f"i-0a1b2c3d4e5f6{number:04}"}
        other["eventTime"] = f"2026-05-02T10:{number:02}:00Z"
        other["eventID"] += f"-{number}"
        made.append(other)
    return made


# Indexers that judged events, those that are listed, and whether all is well.
PEERS = (
    (["idx1", "idx2", "idx1"], ["idx1", "idx2"], True),
    (["idx1"], ["idx1", "idx2"], False),
    (["search-head"], [], True),
    ([], ["idx1"], False),
    ([], [], False),
)

PREFERENCES = {"name": "SSM-SessionManagerRunShell", "content": "{}"}
ALL_MACHINES = {"documentName": "AWS-RunShellScript", "targets": [{"key": "InstanceIds", "values": ["*"]}]}
TAGGED = {"documentName": "AWS-RunShellScript", "targets": [{"key": "tag:role", "values": ["web"]}]}

ALL = [
    Story("a script on one machine", [script("09:00:00", "kim", [FIRST])], [HIGH],
          {HIGH: f"Direct connection to {FIRST} granted to kim"}),
    Story("a refused script", [script("09:00:00", "kim", [FIRST], **DENIED)], []),
    Story("a shell", [session("09:00:00", "kim", FIRST)], []),
    Story("a serial console", [console("09:00:00", "kim", FIRST)], [CONSOLE],
          {CONSOLE: f"Serial console of {FIRST} granted to kim"}),
    Story("a refused serial console", [console("09:00:00", "kim", FIRST, **DENIED)], [CONSOLE],
          {CONSOLE: f"Serial console of {FIRST} denied to kim"}),
    Story("a key, and its use", [key("09:00:00", "kim", FIRST), session("09:05:00", "kim", FIRST)], [KEY]),
    Story("a key, and a session elsewhere", [key("09:00:00", "kim", FIRST), session("09:05:00", "kim", SECOND)], []),
    Story("a key, and a session much later", [key("09:00:00", "kim", FIRST), session("11:05:00", "kim", FIRST)], []),
    Story("a key of somebody else", [key("09:00:00", "kim", FIRST), session("09:05:00", "lee", FIRST)], []),
    Story("a password, and its use",
          [aws("09:00:00", "ec2", "GetPasswordData", "kim", {"instanceId": FIRST}, None), session("09:20:00", "kim", FIRST)], [PREPARED, CREDENTIAL]),
    Story("a console switched on, and used",
          [aws("09:00:00", "ec2", "EnableSerialConsoleAccess", "kim"), console("09:20:00", "kim", FIRST)], [ENABLED, HIGH]),
    Story("a console switched on, and a shell",
          [aws("09:00:00", "ec2", "EnableSerialConsoleAccess", "kim"), session("09:20:00", "kim", FIRST)], [HIGH]),
    Story("denied, then granted", [session("09:00:00", "kim", FIRST, **DENIED), session("09:20:00", "kim", FIRST, 2)], [GRANTED]),
    Story("denied on one machine, granted on another",
          [session("09:00:00", "kim", FIRST, **DENIED), session("09:20:00", "kim", SECOND, 2)], []),
    Story("a machine entered, and used", [session("09:00:00", "kim", FIRST), session("10:00:00", machine_of(FIRST), SECOND, 2)], [HOP]),
    Story("preferences changed, and a session",
          [aws("09:00:00", "ssm", "UpdateDocument", "kim", PREFERENCES), session("10:00:00", "lee", FIRST)], [UNRECORDED, RECORDING]),
    Story("another document changed, and a session",
          [aws("09:00:00", "ssm", "UpdateDocument", "kim", {"name": "Inventory", "content": "{}"}), session("10:00:00", "lee", FIRST)], []),
    Story("six machines by one user", many(session, 6, "kim"), [FAN_OUT], {FAN_OUT: "kim reached 6 machines within an hour"}),
    Story("six machines by one user, and a script of critical severity on one of them",
          [*many(session, 6, "kim"), script("09:30:00", user("kim", ELSEWHERE), [THIRD]), script("09:40:00", "kim", [], requestParameters=ALL_MACHINES)],
          [FAN_OUT, FOREIGN, HIGH]),
    Story("six machines by one user, by sessions and by scripts",
          [*many(session, 6, "kim"), *(script(f"09:5{number}:00", "kim", [f"i-0b1b2c3d4e5f6{number:04}"]) for number in range(6))], [FAN_OUT],
          rows={FAN_OUT: [{"dvm_access": "run_command", "dvm_severity": "high"}, {"dvm_access": "shell_session", "dvm_severity": "medium"}]}),
    Story("six machines by two persons under one role",
          [from_person(record, "zoe" if number % 2 else "amy") for number, record in enumerate(many(session, 6, role("Ops", "amy@example.com")))], [FAN_OUT],
          {FAN_OUT: "Ops reached 6 machines within an hour"}, rows={FAN_OUT: [{"who": ["amy", "zoe"]}]}),
    Story("a script by a role under the name of a person", [script("09:00:00", role("Ops", "alice@example.com"), [FIRST])], [HIGH],
          {HIGH: f"Direct connection to {FIRST} granted to Ops"}),
    Story("four machines by one user", many(session, 4, "kim"), []),
    Story("twelve machines by one role under twelve names",
          with_names(session("09:00:00", role("Deploy", "x"), FIRST), [f"name-{number}" for number in range(12)]), [FAN_OUT]),
    Story("one key on six machines by six users",
          [key(f"09:{number:02}:00", f"user-{number}", f"i-0a1b2c3d4e5f6{number:04}") for number in range(6)], [KEY_FAN_OUT]),
    Story("six keys on six machines by six users",
          [key(f"09:{number:02}:00", f"user-{number}", f"i-0a1b2c3d4e5f6{number:04}", f"user-{number}")
           for number in range(6)], []),
    Story("a password that is read", [aws("09:00:00", "ec2", "GetPasswordData", "kim", {"instanceId": FIRST}, None)], [PREPARED]),
    Story("a password that is not given", [aws("09:00:00", "ec2", "GetPasswordData", "kim", {"instanceId": FIRST}, None, **DENIED)], []),
    Story("a bastion host that is made", [azure_bastion("2026-05-02T09:00:00Z")], []),
    Story("a schedule for hybrid workers", [azure_schedule("2026-05-02T09:00:00Z", "on-premises")], [ORDER]),
    Story("a schedule for the sandbox", [azure_schedule("2026-05-02T09:00:00Z", "")], []),
    Story("a policy that runs a script on every machine of a zone", [sample("gcp_os_config.create_os_policy_assignment")], [ORDER], now=SAMPLED + 3600),
    Story("a default key pair downloaded", [aws("09:00:00", "lightsail", "DownloadDefaultKeyPair", "kim")], [PREPARED]),
    Story("an association set up", [aws("09:00:00", "ssm", "CreateAssociation", "kim",
          {"name": "AWS-RunShellScript", "targets": [{"key": "InstanceIds", "values": [FIRST]}]})], [ORDER]),
    Story("denied on two paths", [session("09:00:00", "kim", FIRST, **DENIED), key("09:05:00", "kim", SECOND) | DENIED], [PATHS]),
    Story("denied twice on one path", [session("09:00:00", "kim", FIRST, **DENIED), session("09:05:00", "kim", SECOND, **DENIED)], []),
    Story("a caller of another account", [session("09:00:00", user("kim", ELSEWHERE), FIRST)], [FOREIGN]),
    Story("a session ended by somebody else",
          [session("09:00:00", "kim", FIRST), aws("09:30:00", "ssm", "TerminateSession", "lee", {"sessionId": "s-1"})], [ENDED]),
    Story("a session of last week ended by somebody else",
          [session("09:00:00", "kim", FIRST) | {"eventTime": "2026-04-27T09:00:00Z"}, aws("09:30:00", "ssm", "TerminateSession", "lee", {"sessionId": "s-1"})],
          [ENDED], {ENDED: "Session s-1 ended by lee, who had not begun it"}),
    Story("a session ended by its owner",
          [session("09:00:00", "kim", FIRST), aws("09:30:00", "ssm", "TerminateSession", "kim", {"sessionId": "s-1"})], []),
    Story("a maintenance window's first script", [by_service(script("09:00:00", role("Window", "w"), [FIRST]))], [FIRST_RUN]),
    Story("a maintenance window's first script, refused", [by_service(script("09:00:00", role("Window", "w"), [FIRST], **DENIED))], []),
    Story("a maintenance window's script as every week",
          [by_service(script("09:00:00", role("Window", "w"), [FIRST])) | {"eventTime": "2026-04-25T09:00:00Z", "eventID": "0000-a-week-before"},
           by_service(script("09:00:00", role("Window", "w"), [FIRST]))], []),
    Story("a script for all machines with a tag", [script("09:00:00", "kim", [], requestParameters=TAGGED)], [HIGH]),
    Story("a maintenance window's first script for a tag",
          [by_service(script("09:00:00", role("Window", "w"), [], requestParameters=TAGGED))], [FIRST_RUN, HIGH]),
    Story("a serial port that is left open", [sample("gcp_serial_port.connect")], [CONSOLE, LEFT_OPEN], now=SAMPLED + 12 * 3600),
    Story("a serial port that is in use", [sample("gcp_serial_port.connect")], [CONSOLE], now=SAMPLED + 3600),
    Story("a session, and its shell on the machine", [session("09:00:00", "kim", FIRST, "kim-0a1b2c3d4e5f60789")], [RAN, UNTYPED],
          processes=[("09:00:05", "web-01", "ssm-user", "whoami", "/usr/bin/ssm-session-worker kim-0a1b2c3d4e5f60789 i-0a1b2c3d4e5f60001")]),
    Story("a session with an id of 26 characters, and its shell", [session("09:00:00", "kim", FIRST, "kim-vvdysulqbcz2txr2d262sw2s64")], [RAN, UNTYPED],
          processes=[("09:00:05", "web-01", "ssm-user", "whoami", "/usr/bin/ssm-session-worker kim-vvdysulqbcz2txr2d262sw2s64 i-0a1b2c3d4e5f60001")]),
    Story("a session, and another one's shell", [session("09:00:00", "kim", FIRST, "kim-0a1b2c3d4e5f60789")], [UNTYPED],
          processes=[("09:00:05", "web-01", "ssm-user", "whoami", "/usr/bin/ssm-session-worker lee-0a1b2c3d4e5f60456 i-0a1b2c3d4e5f60001")],
          silent=[RAN]),
    Story("a command, and its script on a Windows machine",
          [script("09:00:00", "kim", [FIRST], responseElements={"command": {"commandId": "0a1b2c3d-0000-4000-8000-00000000000a"}})], [HIGH, RAN],
          processes=[("09:00:07", "WIN01", "SYSTEM",
                      "powershell C:\\ProgramData\\Amazon\\SSM\\InstanceData\\i-1\\document\\orchestration\\0a1b2c3d-0000-4000-8000-00000000000a\\_script.ps1",
                      "ssm-document-worker.exe")]),
    Story("a run command of Azure, and its script", [azure_run("2026-05-02T09:00:00Z", "web-02")], [RAN],
          processes=[("09:04:00", "web-02.example.com", "root", "/bin/sh /var/lib/waagent/run-command/download/3/script.sh", "run-command-handler")]),
    Story("a run command of Azure, and the same script earlier, too", [azure_run("2026-05-02T09:00:00Z", "web-02")], [RAN],
          processes=[(time, "web-02.example.com", "root", "/bin/sh /var/lib/waagent/run-command/download/3/script.sh", "run-command-handler")
                     for time in ("02:00:00", "09:04:00")]),
    Story("a run command of Azure, and a script of another machine", [azure_run("2026-05-02T09:00:00Z", "web-02")], [],
          processes=[("09:04:00", "web-03.example.com", "root", "/bin/sh /var/lib/waagent/run-command/download/3/script.sh", "run-command-handler")],
          silent=[RAN]),
    Story("a record that is cut behind its name", [session("09:00:00", "kim", FIRST)], [CUT], cut=420),
    Story("a session with a transcript", [session("09:00:00", "kim", FIRST)], [],
          transcripts=[("s-1", FIRST, "ssm-user", ["sudo -i", "id"])], silent=[UNTYPED]),
    Story("a session with the transcript of another", [session("09:00:00", "kim", FIRST)], [UNTYPED],
          transcripts=[("s-2", FIRST, "ssm-user", ["id"])]),
    Story("a known caller on a known machine, from elsewhere and with another client at night",
          [*usual("kim", FIRST), session("02:00:00", "kim", FIRST, 2, sourceIPAddress="203.0.113.9", userAgent="Boto3/1.34")], [UNUSUAL]),
    Story("a known caller, elsewhere and with another client, on a new machine behind a known one",
          [*usual("kim", FIRST), script("09:10:00", "kim", [FIRST, SECOND], sourceIPAddress="203.0.113.9")], [HIGH, UNUSUAL, NEW_MACHINE]),
    Story("a new caller, again and again", [*usual("kim", FIRST), *(session(f"0{hour}:00:00", "lee", FIRST, hour, sourceIPAddress=f"203.0.113.{hour}",
          userAgent=f"client-{'abcd'[hour - 1]}") for hour in (1, 2, 3, 4))], [NEW_MACHINE]),
    Story("a known caller on a new machine, collected a day late",
          [*usual("kim", FIRST), session("09:00:00", "kim", SECOND, 2) | {"eventTime": "2026-05-01T12:00:00Z"}], [NEW_MACHINE]),
    Story("a known caller on a new machine, as always", [*usual("kim", FIRST), session("09:00:00", "kim", SECOND, 2)], [NEW_MACHINE]),
    Story("a known caller as always", [*usual("kim", FIRST), session("09:00:00", "kim", FIRST, 2)], []),
    Story("a new caller", [*usual("kim", FIRST), session("09:00:00", "lee", FIRST, 2)], [NEW_MACHINE]),
    Story("a caller on a machine before there is anything to compare with", [session("09:00:00", "kim", FIRST)], []),
    Story("one session in two trails", [session("09:00:00", "kim", FIRST)] * 2 + [script("10:00:00", "kim", [SECOND])] * 2, [HIGH]),
]
