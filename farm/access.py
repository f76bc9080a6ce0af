"""Who asks: a tenant's key with its scopes, or whoever works on the machine itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from farm.errors import NotFound, NotPermitted

EVERY_TENANT = "*"  # whose keys operators have: they act for any tenant, and see all
DEFAULT_TENANT = "default"


class Scope(StrEnum):
    """What a key may be used for; `ADMIN` includes all the others."""

    SUBMIT = "submit"  # hand in titles, and change those that are under way
    READ = "read"
    REVIEW = "review"  # approve and reject
    ADMIN = "admin"  # keys, endpoints, ladders, policies, the audit log


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for something, and whose things it is about."""

    name: str  # as the audit log has it: the id of the key
    tenant: str  # or EVERY_TENANT
    scopes: frozenset[Scope]
    narrowed: bool = False  # an operator, who asks about one tenant alone

    @property
    def is_operator(self) -> bool:
        """Return whether all tenants are the caller's to see, and are asked about."""
        return self.tenant == EVERY_TENANT

    @property
    def key_tenant(self) -> str:
        """Return the tenant whose key it is, whichever is asked about; or EVERY_TENANT."""
        return EVERY_TENANT if self.narrowed else self.tenant

    @property
    def acts_for(self) -> str:
        """Return the tenant that gets what the caller makes."""
        return DEFAULT_TENANT if self.is_operator else self.tenant

    def about(self, tenant: str | None) -> Caller:
        """Return the caller as one who asks about this tenant alone; None: about all it may see.

        Raises NotFound for a tenant that is not the caller's: whether it exists is not said.
        """
        if tenant is None or tenant == self.tenant:
            return self
        if not self.is_operator:
            raise NotFound(f"there is no tenant {tenant}: check the name", input=tenant)
        return replace(self, tenant=tenant, narrowed=True)

    def as_operator(self) -> Caller:
        """Return the caller as one who asks about all tenants; raise NotPermitted for no operator.

        Whichever tenant the request is about.
        """
        self.check_operator()
        return replace(self, tenant=EVERY_TENANT, narrowed=False)

    def check(self, scope: Scope) -> None:
        """Return if the caller has the scope; raise NotPermitted naming it otherwise."""
        if scope not in self.scopes and Scope.ADMIN not in self.scopes:
            raise NotPermitted(
                f"the key {self.name} lacks the scope {scope}: it has"
                f" {', '.join(sorted(self.scopes)) or 'none'}",
                input=self.name,
                scope=scope.value,
            )

    def check_operator(self) -> None:
        """Return if the caller is an operator, and an admin; raise NotPermitted otherwise."""
        if self.key_tenant != EVERY_TENANT or Scope.ADMIN not in self.scopes:
            raise NotPermitted(
                f"the key {self.name} is not an operator's: this is about the whole farm",
                input=self.name,
            )


# Whoever can start processes on a farm's machine can do everything.
LOCAL = Caller("local", EVERY_TENANT, frozenset(Scope))
