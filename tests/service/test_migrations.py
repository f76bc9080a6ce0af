"""The migrations make exactly the schema the models describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from migrations import HEAD
from storage.postgres.database import Database
from storage.postgres.migrate import migrate
from storage.postgres.models import Base
from tests.conftest import REPOSITORY


def test_models_and_migrations_agree(database: Database) -> None:
    with database.begin() as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, Base.metadata) == []


def test_the_head_constant_is_the_newest_revision() -> None:
    assert ScriptDirectory(str(REPOSITORY / "migrations")).get_current_head() == HEAD


def test_migrating_again_changes_nothing(database: Database) -> None:
    migrate(database)
    with database.begin() as session:
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == HEAD
