"""Who asks for what: tenants about themselves, operators about any tenant."""

from __future__ import annotations

import pytest

from farm.access import EVERY_TENANT, LOCAL, Caller, Scope
from farm.errors import NotFound, NotPermitted

READER = frozenset({Scope.READ})
ADMIN = frozenset({Scope.ADMIN})


def test_an_operator_about_one_tenant_is_that_tenant_and_still_an_operator() -> None:
    operator = Caller("rf_a", EVERY_TENANT, ADMIN)
    about = operator.about("studio")
    assert (about.tenant, about.acts_for, about.key_tenant) == ("studio", "studio", "*")
    assert not about.is_operator
    about.check_operator()
    assert about.as_operator() == operator
    assert operator.about(None) is operator
    assert operator.about("*") is operator
    with pytest.raises(NotFound):
        about.about("other")


def test_a_tenant_asks_about_itself_alone() -> None:
    tenant = Caller("rf_a", "studio", ADMIN)
    assert tenant.about("studio") is tenant
    assert (tenant.key_tenant, tenant.acts_for) == ("studio", "studio")
    for other in ("other", "*"):
        with pytest.raises(NotFound, match=f"there is no tenant [{other}]"):
            tenant.about(other)
    with pytest.raises(NotPermitted, match="is not an operator's"):
        tenant.as_operator()


def test_an_operator_who_is_no_admin_changes_nothing_of_the_farm() -> None:
    for caller in (Caller("rf_a", "*", READER), Caller("rf_a", "*", READER).about("studio")):
        with pytest.raises(NotPermitted):
            caller.check_operator()
        with pytest.raises(NotPermitted):
            caller.as_operator()


def test_an_admin_may_do_everything_others_what_their_scopes_say() -> None:
    for scope in Scope:
        Caller("rf_a", "studio", ADMIN).check(scope)
        LOCAL.check(scope)
    Caller("rf_a", "studio", READER).check(Scope.READ)
    with pytest.raises(NotPermitted, match="rf_a lacks the scope submit: it has read"):
        Caller("rf_a", "studio", READER).check(Scope.SUBMIT)
    with pytest.raises(NotPermitted, match="it has none"):
        Caller("rf_a", "studio", frozenset()).check(Scope.READ)
