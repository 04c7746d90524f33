"""Writes CloudTrail records of people, roles and services who reach machines.

usage: logs.py COUNT FILE
"""

import json
import random
import sys
from datetime import datetime, timedelta, timezone

ACCOUNT = "111122223333"
FIRST = datetime(2026, 5, 1, 8, 0, 0, tzinfo=timezone.utc)


def identity(chance):
    """A user, or a role with the name of whoever took it."""
    number = chance.randrange(40)
    if number < 15:
        name = f"user-{number}"
        return {"type": "IAMUser", "userName": name, "accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}"}
    role, person = f"Role{number % 7}", f"person-{number}@example.com"
    issuer = {"type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}", "accountId": ACCOUNT, "userName": role}
    return {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{person}",
        "accountId": ACCOUNT,
        "sessionContext": {"sessionIssuer": issuer},
    }


def call(chance, number):
    """Service, operation, parameters and answer of one call."""
    machine = f"i-{chance.randrange(60):017x}"
    kind = chance.randrange(10)
    if kind < 5:
        session = f"person-{number:017x}"
        return "ssm", "StartSession", {"target": machine}, {"sessionId": session}
    if kind < 7:
        machines = [f"i-{chance.randrange(60):017x}" for _ in range(chance.randrange(1, 4))]
        command = f"{number:08x}-0000-4000-8000-000000000000"
        asked = {"documentName": "AWS-RunShellScript", "instanceIds": machines}
        return "ssm", "SendCommand", asked, {"command": {"commandId": command, "documentName": "AWS-RunShellScript"}}
    if kind < 9:
        return "ec2-instance-connect", "SendSSHPublicKey", {"instanceId": machine, "instanceOSUser": "ec2-user"}, {"success": True}
    asked = {"instanceId": machine, "serialPort": 0}
    return "ec2-instance-connect", "SendSerialConsoleSSHPublicKey", asked, {"success": True}


def record(chance, number, when):
    """One record; one call in eight is refused."""
    service, operation, asked, answer = call(chance, number)
    made = {
        "eventVersion": "1.10",
        "userIdentity": identity(chance),
        "eventTime": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{service}.amazonaws.com",
        "eventName": operation,
        "awsRegion": "eu-central-1",
        "sourceIPAddress": f"203.0.113.{chance.randrange(1, 250)}",
        "userAgent": "aws-cli/2.15.0",
        "requestParameters": asked,
        "responseElements": answer,
        "eventID": f"00000000-0000-4000-8000-{number:012x}",
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
    }
    if chance.randrange(8) == 0:
        made |= {"responseElements": None, "errorCode": "AccessDenied", "errorMessage": "is not authorized"}
    return made


def main():
    """Writes the records, with a month without any after the first fifth."""
    count, path = int(sys.argv[1]), sys.argv[2]
    chance = random.Random(25)
    when = FIRST
    with open(path, "w", encoding="utf-8") as out:
        for number in range(count):
            when += timedelta(days=30) if number == count // 5 else timedelta(seconds=chance.randrange(600_000 // count + 2))
            out.write(json.dumps(record(chance, number, when)) + "\n")


if __name__ == "__main__":
    main()
