"""The sandbox's choice of a user to pretend to be."""

import pwd

from workers.programs.sandbox import UNPRIVILEGED_ID


def test_the_user_postgres_runs_as_exists_on_every_machine() -> None:
    assert pwd.getpwuid(UNPRIVILEGED_ID).pw_name == "nobody"
