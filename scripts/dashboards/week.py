"""Thirty days of provider events of an invented company, made from the app's sample events; always the same ones.

Shapes come from `directvm_samples.csv`; who, where, when and with which result is made up here.
"""

import copy
import csv
import datetime
import json
import random

NOW = datetime.datetime(2026, 6, 18, 15, 30, tzinfo=datetime.timezone.utc).timestamp()
DAY = 86400
ACCOUNTS = ("111122223333", "444455556666", "777788889999")
SUBSCRIPTIONS = ("11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000")
PROJECTS = ("acme-prod", "acme-data", "acme-staging")
REGIONS = ("eu-west-1", "eu-central-1", "us-east-1")
STAFF = ("dana", "morgan.lee", "sam.ortega", "kim.novak", "alex.weber", "jo.lindqvist", "priya.rao", "tom.baker")
INTRUDER = "sam.ortega"
# (sample, weight, whether it opens a session that may be ended)
AWS_WORK = (
    ("aws_ssm_session.start_session", 26, True),
    ("aws_ssm_command.send_command", 12, False),
    ("aws_instance_connect.send_ssh_public_key", 9, False),
    ("aws_ssm_guiconnect.start_connection", 5, False),
    ("aws_ecs_exec.execute_command", 4, False),
    ("aws_lightsail.get_instance_access_details", 2, False),
    ("aws_ec2_console_output.get_console_output", 3, False),
    ("aws_cloudshell.create_session", 3, False),
)
AZURE_WORK = (
    ("azure_run_command.run_command", 9),
    ("azure_vm_extension.write", 5),
    ("azure_jit.initiate", 5),
    ("azure_bastion.connect", 8),
    ("azure_serial_console.connect", 1),
    ("azure_entra_sign_in.linux_vm", 4),
)
GCP_WORK = (
    ("gcp_iap_tunnel.authorize_user", 12),
    ("gcp_os_login.check_policy", 10),
    ("gcp_metadata.set_metadata", 4),
    ("gcp_serial_port.connect", 1),
)


def samples(path):
    """{operation: event}"""
    with open(path, encoding="utf-8", newline="") as file:
        return {row["test"].split(":")[0]: json.loads(row["_raw"]) for row in csv.DictReader(file)}


class Company:
    """Makes events; `rng` is seeded, so they are always the same."""

    def __init__(self, shapes):
        self.shapes = shapes
        self.rng = random.Random(1021)
        self.events = []
        self.machines = [f"i-0{self.rng.getrandbits(64):016x}" for _ in range(24)]
        self.names = [f"{role}-{number:02}" for role in ("web", "db", "build", "vpn") for number in range(1, 6)]
        self.sources = {name: f"203.0.113.{40 + place}" for place, name in enumerate(STAFF)}

    def identifier(self):
        text = f"{self.rng.getrandbits(128):032x}"
        return "-".join((text[:8], text[8:12], "4" + text[13:16], "a" + text[17:20], text[20:]))

    def office_hour(self, day):
        """A time of that day, mostly in working hours."""
        start = NOW - NOW % DAY - day * DAY
        hour = self.rng.gauss(11.5, 3)
        return min(start + max(0.2, min(23.8, hour)) * 3600, NOW - self.rng.uniform(60, 5400))

    def add(self, moment, event, sourcetype, index):
        self.events.append((moment, event, sourcetype, index))

    # AWS

    def identity(self, actor, account):
        """`userIdentity` of a person's role, a pipeline, a machine's own credentials or the root user."""
        if actor == "root":
            return {"type": "Root", "principalId": account, "arn": f"arn:aws:iam::{account}:root", "accountId": account}
        role, name = {
            "pipeline": ("GitHubDeploy", "release-4711"),
            "machine": ("WebServer", self.machines[0]),
        }.get(actor, ("PlatformAdmin" if actor in STAFF[:4] else "Developer", f"{actor}@example.com"))
        return {
            "type": "AssumedRole",
            "principalId": f"AROAEXAMPLEEXAMPLE00:{name}",
            "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
            "accountId": account,
            "accessKeyId": "ASIAEXAMPLEEXAMPLE00",
            "sessionContext": {
                "sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{account}:role/{role}", "userName": role},
                "attributes": {"mfaAuthenticated": "true", "creationDate": "2026-06-01T08:00:00Z"},
            },
        }

    def aws(self, moment, sample, actor, target=None, account=None, denied=False, source=None, **changes):
        """Adds a CloudTrail event. Returns its session id, if it has one."""
        account = account or self.rng.choice(ACCOUNTS[:2])
        target = target or self.rng.choice(self.machines)
        session = f"{actor}-{self.rng.getrandbits(80):020x}"
        text = json.dumps(self.shapes[sample]).replace("i-0a1b2c3d4e5f60718", target).replace(CONNECTION, self.identifier())
        event = json.loads(text.replace("111122223333", account))
        event |= {
            "userIdentity": self.identity(actor, account),
            "eventTime": stamp(moment),
            "eventID": self.identifier(),
            "awsRegion": REGIONS[ACCOUNTS.index(account)],
            "sourceIPAddress": source or self.sources.get(actor, "198.51.100.77"),
        }
        replace_session(event, session, self.identifier())
        for path, value in changes.items():
            event[path] = value
        if denied:
            event |= {"errorCode": "AccessDeniedException", "errorMessage": "not authorized", "responseElements": None}
        self.add(moment, event, "aws:cloudtrail", "aws")
        return session

    def aws_end(self, moment, session, actor, account):
        event = copy.deepcopy(self.shapes["aws_ssm_session.start_session"])
        event |= {
            "eventName": "TerminateSession",
            "userIdentity": self.identity(actor, account),
            "eventTime": stamp(moment),
            "eventID": self.identifier(),
            "awsRegion": REGIONS[ACCOUNTS.index(account)],
            "sourceIPAddress": self.sources.get(actor, "198.51.100.77"),
            "requestParameters": {"sessionId": session},
            "responseElements": {"sessionId": session},
            "recipientAccountId": account,
        }
        self.add(moment, event, "aws:cloudtrail", "aws")

    def aws_session(self, moment, actor, target, account, minutes, ender=None):
        session = self.aws(moment, "aws_ssm_session.start_session", actor, target, account)
        end = moment + minutes * 60
        if minutes and end < NOW:
            self.aws_end(end, session, ender or actor, account)

    # Azure and Google Cloud

    def azure(self, moment, sample, person, machine, results=("Start", "Success"), source=None):
        """Adds the events of one request: start, accepted, end."""
        one = json.dumps(self.shapes[sample])
        subscription = SUBSCRIPTIONS[self.names.index(machine) % 2]
        for old, new in (("WEB-01", machine.upper()), ("web-01", machine), ("dana@", f"{person}@"), ("Dana Example", person),
                         (SUBSCRIPTIONS[0], subscription),
                         ("7d1f0c52-4b8e-4a63-9a51-2f6a0e9c1d34", self.identifier()),
                         ("b0b1b2b3-0000-4000-8000-c0c1c2c3c4c5", self.identifier())):
            one = one.replace(old, new)
        single = sample.startswith(("azure_bastion", "azure_entra"))
        for place, result in enumerate(results[-1:] if single else results):
            event = json.loads(one)
            event["time"] = stamp(moment + place * 8)
            set_source(event, source or self.sources.get(person, "198.51.100.77"))
            if not single:
                event |= {"resultType": result, "resultSignature": AZURE_RESULTS[result]}
            self.add(moment + place * 8, event, AZURE_TYPES.get(sample, "azure:monitor:activity"), "azure")

    def gcp(self, moment, sample, person, machine, denied=False, method=None, operation=None, source=None):
        text = json.dumps(self.shapes[sample])
        number = str(4567890123456789012 + self.names.index(machine) * 7919)
        for old, new in (("web-01", machine), ("4567890123456789012", number), ("acme-prod", PROJECTS[self.names.index(machine) % 3]),
                         ("dana@", f"{person}@"), ("dana_example_com", f"{person.replace('.', '_')}_example_com")):
            text = text.replace(old, new)
        event = json.loads(text)
        event["protoPayload"]["requestMetadata"]["callerIp"] = source or self.sources.get(person, "198.51.100.77")
        event |= {"timestamp": stamp(moment), "insertId": self.identifier()[:13]}
        if "operation" in event:
            event["operation"]["id"] = operation or self.identifier()
        if method:
            event["protoPayload"]["methodName"] = method
        if denied:
            event["protoPayload"]["status"] = {"code": 7, "message": "permission denied"}
        kind = "data_access" if "data_access" in event["logName"] else "admin_activity"
        self.add(moment, event, f"google:gcp:pubsub:audit:{kind}", "gcp")


AZURE_RESULTS = {"Start": "Started.", "Accept": "Accepted.", "Success": "Succeeded.", "Failure": "Failed.Forbidden"}
CONNECTION = "fcb810cd-241f-4aae-9ee4-02d59EXAMPLE"
AZURE_TYPES = {"azure_bastion.connect": "azure:monitor:resource", "azure_entra_sign_in.linux_vm": "azure:monitor:aad"}


def set_source(event, address):
    """Sets every source address of an Azure event."""
    claims = event.get("identity", {}).get("claims", {}) if isinstance(event.get("identity"), dict) else {}
    for part, name in ((event, "callerIpAddress"), (claims, "ipaddr"), (event["properties"], "clientIpAddress"),
                       (event["properties"], "ipAddress")):
        if name in part:
            part[name] = address


def stamp(moment):
    return datetime.datetime.fromtimestamp(int(moment), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def replace_session(event, session, command):
    """Sets new ids in the response, if the sample has them."""
    response = event.get("responseElements") or {}
    for name in ("sessionId", "SessionId", "requestId"):
        if name in response:
            response[name] = session
    if "command" in response:
        response["command"]["commandId"] = command


def weighted(rng, work):
    return rng.choices(work, [entry[1] for entry in work])[0]


def daily_work(company, day):
    """The events of an ordinary day; fewer on a weekend."""
    rng = company.rng
    busy = 0.25 if datetime.datetime.fromtimestamp(NOW - day * DAY, datetime.timezone.utc).weekday() > 4 else 1
    for _ in range(round(rng.uniform(14, 22) * busy)):
        sample, _, session = weighted(rng, AWS_WORK)
        actor, account, moment = rng.choice(STAFF), rng.choice(ACCOUNTS[:2]), company.office_hour(day)
        target = company.machines[(STAFF.index(actor) * 3 + rng.randrange(4)) % 24]
        if session:
            minutes = rng.choice((0, 3, 8, 14, 22, 35, 48, 70, 115, 190, 260))
            company.aws_session(moment, actor, target, account, minutes)
        else:
            company.aws(moment, sample, actor, target, account, denied=rng.random() < 0.06)
    for _ in range(round(rng.uniform(5, 9) * busy)):
        sample = weighted(rng, AZURE_WORK)[0]
        results = ("Start", "Failure") if rng.random() < 0.08 else ("Start", "Accept", "Success")
        company.azure(company.office_hour(day), sample, rng.choice(STAFF[2:]), rng.choice(company.names), results)
    for _ in range(round(rng.uniform(4, 9) * busy)):
        sample = weighted(rng, GCP_WORK)[0]
        company.gcp(company.office_hour(day), sample, rng.choice(STAFF[:6]), rng.choice(company.names), denied=rng.random() < 0.05)


def automation(company, day):
    """Patching by the release pipeline every morning, and an inventory by a machine's own credentials."""
    for target in company.machines[4:8]:
        company.aws(NOW - NOW % DAY - day * DAY + 4 * 3600 - company.rng.uniform(0, 900), "aws_ssm_command.send_command",
                    "pipeline", target, ACCOUNTS[0], source="198.51.100.20")
    if day % 3 == 0:
        company.azure(NOW - NOW % DAY - day * DAY + 2 * 3600, "azure_vm_extension.write", "backup.service", "db-01")


def incident(company):
    """A stolen identity: denied probes, access enabled, keys, consoles, commands, a session ended by somebody else."""
    start, outside = NOW - 20 * 3600, "198.51.100.211"
    probes = ("aws_ssm_session.start_session", "aws_instance_connect.send_ssh_public_key",
              "aws_serial_console.send_serial_console_ssh_public_key", "aws_ec2_credentials.get_password_data")
    for place, sample in enumerate(probes):
        company.aws(start + place * 70, sample, INTRUDER, company.machines[1], ACCOUNTS[1], denied=True, source=outside)
    company.aws(start + 900, "aws_instance_connect_endpoint.create_instance_connect_endpoint", INTRUDER, account=ACCOUNTS[1], source=outside)
    for place, target in enumerate(company.machines[1:7]):
        company.aws(start + 1500 + place * 45, "aws_instance_connect.send_ssh_public_key", INTRUDER, target, ACCOUNTS[1], source=outside)
    company.aws(start + 2400, "aws_serial_console.send_serial_console_ssh_public_key", INTRUDER, company.machines[1], ACCOUNTS[1], source=outside)
    company.aws(start + 3000, "aws_ssm_association.create_association", INTRUDER, company.machines[2], ACCOUNTS[1], source=outside)
    company.aws(start + 3400, "aws_ssm_automation.start_automation_execution", INTRUDER, company.machines[3], ACCOUNTS[1], source=outside)
    company.aws_session(start + 3600, INTRUDER, company.machines[1], ACCOUNTS[1], 412, ender="kim.novak")
    company.aws(start + 4000, "aws_ec2_user_data.modify_user_data", INTRUDER, company.machines[4], ACCOUNTS[1], source=outside)
    company.azure(start + 5200, "azure_serial_console.connect", INTRUDER, "vpn-02", source=outside)
    company.azure(start + 5600, "azure_vm_extension.write", INTRUDER, "vpn-02", source=outside)
    company.gcp(start + 6100, "gcp_metadata.set_metadata", INTRUDER, "build-03", source=outside)
    company.gcp(start + 6400, "gcp_serial_port.connect", INTRUDER, "build-03", source=outside)
    company.aws(start + 7000, "aws_ssm_session.start_session", "root", company.machines[9], ACCOUNTS[2], source=outside)


def console_sessions(company):
    """Sessions that somebody else ended, and console sessions with their ends."""
    for day, minutes in ((2, 35), (4, 300), (6, 95)):
        company.aws_session(company.office_hour(day), "tom.baker", company.machines[11], ACCOUNTS[0], minutes, ender="morgan.lee")
    for day, machine in ((1, "web-02"), (3, "db-04"), (5, "build-01")):
        moment, operation = company.office_hour(day), company.identifier()
        company.gcp(moment, "gcp_serial_port.connect", "kim.novak", machine, operation=operation)
        company.gcp(moment + 1260, "gcp_serial_port.connect", "kim.novak", machine, operation=operation,
                    method="google.ssh-serialport.v1.disconnect")


def month(samples_path, days=30):
    """Returns (time, event, sourcetype, index) of the last `days` days, oldest first."""
    company = Company(samples(samples_path))
    for day in range(days):
        daily_work(company, day)
        automation(company, day)
    console_sessions(company)
    incident(company)
    return sorted((entry for entry in company.events if entry[0] < NOW), key=lambda entry: entry[0])
