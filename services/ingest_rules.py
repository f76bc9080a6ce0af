"""The rules by which new objects become titles: documents of a tenant, every version kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from farm.access import Caller
from farm.errors import InvalidSpec, NotFound
from farm.spec import IngestRule
from services import documents
from services.documents import INGEST
from storage.postgres import audit
from storage.postgres import documents as stored
from storage.postgres.database import Database, Transaction
from storage.postgres.documents import Version

MOST_RULES = 1000  # of a tenant: each notification is held against all


@dataclass(frozen=True, slots=True)
class NamedRule:
    """A rule with its name and the version it is in."""

    name: str
    version: int
    rule: IngestRule


def all_rules(session: Transaction, tenant: str) -> list[NamedRule]:
    """Return the rules of a tenant that count now, also those that are not enabled."""
    found = stored.listed(session, tenant, INGEST, "", MOST_RULES)
    return [named(each) for each in found]


def rule_of(session: Transaction, tenant: str, name: str, version: int) -> IngestRule:
    """Return a rule as it was in one version; raise NotFound for none."""
    found = stored.version(session, tenant, INGEST, name, version)
    if found is None:
        raise _unknown(name)
    return documents.read_body(IngestRule, found.body)


def list_rules(database: Database, caller: Caller, after: str, limit: int) -> Sequence[Version]:
    """Return the caller's rules by name, after one name."""
    with database.begin(caller.tenant) as session:
        return stored.listed(session, caller.acts_for, INGEST, after, limit)


def read_rule(database: Database, caller: Caller, name: str, version: int | None) -> Version:
    """Return a rule as it is, or as it was in a version; raise NotFound where there is none."""
    with database.begin(caller.tenant) as session:
        found = (
            stored.newest(session, caller.acts_for, INGEST, name)
            if version is None
            else stored.version(session, caller.acts_for, INGEST, name, version)
        )
    if found is None:
        raise _unknown(name)
    return found


def write_rule(database: Database, caller: Caller, name: str, body: Mapping[str, Any]) -> Version:
    """Write the next version of a rule and return it; the same again makes no new one.

    Raises InvalidSpec naming each field at fault, or a ladder or QC policy that is not there.
    """
    rule = documents.read_body(IngestRule, body)
    kept = rule.model_dump(mode="json")
    with database.begin(caller.tenant) as session:
        _check_names(session, caller.acts_for, rule)
        before = stored.newest(session, caller.acts_for, INGEST, name)
        if before is not None and before.body == kept:
            return before
        if before is None and len(all_rules(session, caller.acts_for)) >= MOST_RULES:
            raise InvalidSpec(f"a tenant has at most {MOST_RULES} rules: remove some")
        stored.write(session, caller.acts_for, INGEST, name, kept, caller.name)
        written = stored.newest(session, caller.acts_for, INGEST, name)
        assert written is not None
        audit.note(session, caller, "ingest_rule.written", name, version=written.version)
    return written


def remove_rule(database: Database, caller: Caller, name: str) -> None:
    """Have a rule count no more; raise NotFound where there is none.

    Objects that it has taken in already become jobs all the same.
    """
    with database.begin(caller.tenant) as session:
        if stored.newest(session, caller.acts_for, INGEST, name) is None:
            raise _unknown(name)
        stored.write(session, caller.acts_for, INGEST, name, None, caller.name)
        audit.note(session, caller, "ingest_rule.removed", name)


def named(version: Version) -> NamedRule:
    """Return a rule as it was kept."""
    return NamedRule(version.name, version.version, documents.read_body(IngestRule, version.body))


def _check_names(session: Transaction, tenant: str, rule: IngestRule) -> None:
    for field, find in (("ladder", documents.find_ladder), ("qc", documents.find_qc)):
        given = rule.template.get(field)
        if isinstance(given, str):
            find(session, tenant, given)


def _unknown(name: str) -> NotFound:
    return NotFound(f"there is no ingest rule {name}: check the name", input=name)
