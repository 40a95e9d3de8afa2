"""The words of the policy engine, as the core prints them. A test holds them against the core's tables."""

from typing import Literal, TypeAlias

RuleCode: TypeAlias = Literal[
    "CMK1001",
    "CMK1002",
    "CMK1003",
    "CMK1004",
    "CMK1005",
    "CMK1006",
    "CMK1007",
    "CMK1008",
    "CMK1009",
    "CMK1010",
    "CMK1011",
    "CMK2001",
    "CMK2002",
    "CMK2003",
    "CMK2004",
    "CMK2005",
    "CMK2006",
    "CMK2007",
    "CMK2008",
    "CMK2009",
    "CMK2010",
    "CMK2011",
    "CMK2012",
    "CMK2013",
    "CMK2101",
    "CMK2102",
    "CMK3001",
    "CMK3002",
    "CMK3003",
    "CMK3004",
    "CMK3005",
    "CMK3006",
    "CMK3007",
    "CMK3008",
    "CMK3009",
    "CMK3010",
    "CMK4001",
    "CMK4002",
    "CMK4003",
    "CMK4004",
    "CMK4005",
    "CMK4006",
    "CMK4101",
    "CMK4102",
    "CMK4103",
    "CMK4104",
    "CMK4105",
    "CMK4106",
    "CMK4107",
    "CMK4108",
    "CMK4109",
    "CMK4110",
    "CMK4111",
    "CMK4112",
    "CMK4113",
    "CMK4114",
    "CMK5001",
    "CMK5002",
    "CMK5003",
    "CMK5004",
    "CMK5005",
    "CMK6001",
    "CMK6002",
    "CMK6003",
    "CMK6004",
    "CMK6005",
    "CMK6006",
    "CMK6007",
    "CMK6008",
    "CMK6009",
    "CMK6010",
    "CMK6011",
    "CMK6012",
    "CMK6013",
    "CMK6014",
    "CMK6015",
    "CMK6016",
    "CMK6017",
    "CMK6018",
    "CMK6019",
    "CMK6020",
    "CMK6101",
    "CMK6102",
    "CMK6103",
    "CMK6104",
    "CMK6105",
    "CMK6106",
    "CMK6107",
    "CMK6108",
    "CMK6201",
    "CMK6202",
    "CMK7001",
    "CMK7002",
    "CMK7003",
    "CMK7004",
    "CMK7005",
    "CMK7006",
    "CMK7007",
    "CMK7008",
    "CMK7009",
    "CMK7010",
    "CMK7101",
    "CMK8001",
    "CMK8002",
    "CMK8003",
    "CMK9001",
    "CMK9002",
    "CMK9003",
    "CMK9004",
]
"""The code of a rule: 1 vault, 2 key, 3 key reference, 4 identity and grants, 5 network, 6 placement and mode, 7 lifecycle
and rotation, 8 what the service says of a living cluster, 9 input. Codes are never renamed and never reused."""

Verdict: TypeAlias = Literal["fail", "unknown", "suppressed"]
"""What a rule says of one thing: it is wrong, the files don't say, or it is either and accepted."""

Level: TypeAlias = Literal["error", "warning", "note"]
"""How bad it is: breaks the cluster or loses data, is a risk, is worth knowing."""

Consequence: TypeAlias = Literal["provisioning_fails", "outage", "data_loss", "destroys_cluster", "hygiene"]
"""What happens if nothing is done."""

Basis: TypeAlias = Literal["documented", "inferred", "practice", "settings"]
"""How sure a rule is: the documentation says so, it follows from that, practice says so, the settings ask for it."""

Relation: TypeAlias = Literal["same", "weaker", "conflicts"]
"""How a rule of another tool relates to one of ours: asks for the same, for less, or breaks a customer-managed key."""

Event: TypeAlias = Literal[
    "key-disabled",
    "key-deleted",
    "key-purged",
    "key-expires",
    "version-disabled",
    "role-removed",
    "policy-removed",
    "vault-deleted",
    "firewall-closed",
    "identity-deleted",
    "tenant-moved",
    "rotated",
    "promoted",
]
"""Something that happens to a key, a vault, an identity, a grant or a cluster."""

Format: TypeAlias = Literal["plain", "json", "sarif", "junit", "github", "azure-devops", "markdown"]
"""The formats of a report."""

Target: TypeAlias = Literal["arm", "bicep", "terraform", "az", "rest"]
"""The languages in which a deployment can be written."""

Effect: TypeAlias = Literal[
    "no_change", "create", "in_place", "resend", "unknown", "cuts_off", "impossible", "deletes", "destroys"
]
"""What a change does to a cluster; later ones are worse."""

Outcome: TypeAlias = Literal["unchanged", "inaccessible", "at_risk", "unknown"]
"""What becomes of a cluster."""

FateKind: TypeAlias = Literal["safe", "recoverable_until", "purgeable", "lost", "unknown"]
"""What becomes of the data."""

SectionKind: TypeAlias = Literal["key", "vault", "identity", "grant", "cluster"]
"""What an event happens to."""

Standing: TypeAlias = Literal["shown", "unknown", "not_looked", "ruled_out"]
"""What files say of a cause: they show it, leave it open, were not looked at, or rule it out."""

DateKind: TypeAlias = Literal[
    "near_expiry", "rotation", "expiry", "next_expiry", "retention_ends", "restore_window_ends", "suppression_ends"
]
"""What kind of date an entry of a calendar is."""

Origin: TypeAlias = Literal["template", "parameter", "default", "live"]
"""Where a value comes from: the file, the default of a parameter, the default of the service, an answer of the service."""

LeftBecause: TypeAlias = Literal["decide", "irreversible", "generated", "unfit"]
"""Why a finding was left: a person has to decide, it can't be undone, another program writes the file, it breaks something."""
