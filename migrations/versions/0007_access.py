"""Who may do what: the role of the API, keys, tenants, what they keep, and the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.row_security import ALL_TENANTS, API_ROLE, expose, protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = postgresql.JSONB(astext_type=sa.Text())
NOW = sa.text("now()")
LISTS = {
    "listed": [],
    "in_state": ["state"],
    "of_tenant": ["tenant"],
    "of_tenant_in_state": ["tenant", "state"],
    "of_catalog": ["tenant", "catalog"],
    "asset": ["tenant", "asset"],
    "external_id": ["tenant", "external_id"],
}
FUNCTIONS = ("parts_of_job(text)", "use_parts_of_job(text, float)", "use_key(text)")
OF_A_VISIBLE_STEP = "EXISTS (SELECT FROM step WHERE step.id = need.step_id)"


def upgrade() -> None:
    op.execute(_MAKE_ROLE)
    _tables()
    _lists()
    op.execute(_PARTS_OF_JOB)
    op.execute(_USE_PARTS_OF_JOB)
    op.execute(_USE_KEY)
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {API_ROLE}")
    for function in ("added", "changed"):  # whoever adds a step has it counted
        op.execute(
            f"ALTER FUNCTION count_{function}_blocked_steps()"
            " SECURITY DEFINER SET search_path FROM CURRENT"
        )
    op.execute(f"GRANT SELECT ON alembic_version TO {API_ROLE}")
    protect("job", "SELECT, INSERT, UPDATE")
    protect("step", "SELECT, INSERT, UPDATE")
    protect("need", "SELECT, INSERT", OF_A_VISIBLE_STEP)
    protect("generation", "SELECT, UPDATE")
    protect("blocked_steps", "SELECT", ALL_TENANTS)
    protect("worker", "SELECT", ALL_TENANTS)
    protect("tenant", "SELECT, INSERT, UPDATE", _NAMED)
    protect("api_key", "SELECT, INSERT, UPDATE")
    protect("document", "SELECT, INSERT")
    protect("answer", "SELECT, INSERT")
    protect("audit", "SELECT, INSERT")
    op.execute(f"GRANT USAGE ON SEQUENCE job_submission, step_id_seq, audit_id_seq TO {API_ROLE}")


def _tables() -> None:
    op.create_table(
        "tenant",
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.execute("INSERT INTO tenant (name) SELECT 'default' UNION SELECT DISTINCT tenant FROM job")
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("api_key_of_tenant", "api_key", ["tenant", "created_at", "id"])
    op.create_table(
        "document",
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", JSON, nullable=True),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("created_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "kind", "name", "version"),
    )
    op.create_table(
        "answer",
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key"),
    )
    op.create_index("answer_age", "answer", ["created_at"])
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("target", sa.String(512), nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("audit_of_tenant", "audit", ["tenant", "id"])


def _lists() -> None:
    """Index what lists are filtered by, the newest first, and which jobs were made again."""
    op.add_column("job", sa.Column("retry_of", sa.String(32), nullable=True))
    op.create_index("job_retry_of", "job", ["retry_of"], postgresql_where="retry_of IS NOT NULL")
    op.drop_index("job_asset", table_name="job")
    for name, columns in LISTS.items():
        op.create_index(f"job_{name}", "job", [*columns, "created_at", "submission"])
    op.create_index("job_test", "job", ["tenant"], postgresql_where="spec ->> 'mode' = 'test'")


def downgrade() -> None:
    for table in ("audit", "answer", "document", "api_key", "tenant"):
        op.drop_table(table)
    for table in ("worker", "blocked_steps", "generation", "need", "step", "job"):
        expose(table)
    op.execute(f"DROP OWNED BY {API_ROLE}")  # in this database; the role may serve others
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    for function in ("added", "changed"):
        op.execute(
            f"ALTER FUNCTION count_{function}_blocked_steps() SECURITY INVOKER RESET search_path"
        )
    for name in ("retry_of", *LISTS):
        op.drop_index(f"job_{name}", table_name="job")
    op.drop_column("job", "retry_of")
    op.drop_index("job_test", table_name="job")
    op.create_index("job_asset", "job", ["tenant", "asset"])


_NAMED = f"(name = (SELECT current_setting('reelfarm.tenant', true)) OR {ALL_TENANTS})"

# Roles are of the whole cluster: another database of it may make the same one at this moment. It
# can log in where no password is asked for, as on the embedded server's own socket.
_MAKE_ROLE = f"""
DO $$
BEGIN
    CREATE ROLE {API_ROLE} LOGIN NOINHERIT;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$
BEGIN
    IF NOT pg_has_role(current_user, '{API_ROLE}', 'SET') THEN
        EXECUTE format('GRANT {API_ROLE} TO %I', current_user);
    END IF;
END $$
"""

# Parts belong to whoever has a step that made them: what is not reached through one, is not seen.
_PARTS_OF_JOB = """
CREATE FUNCTION parts_of_job(wanted text) RETURNS TABLE (reference text, part jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT step.key || CASE made.key WHEN '' THEN '' ELSE '#' || made.key END, artifact.part
      FROM step
     CROSS JOIN LATERAL jsonb_each_text(step.parts) AS made (key, fingerprint)
      JOIN artifact ON artifact.fingerprint = made.fingerprint
     WHERE step.job_id = wanted AND step.parts IS NOT NULL
       AND (step.tenant = current_setting('reelfarm.tenant', true)
            OR current_setting('reelfarm.tenant', true) = '*')
     ORDER BY step.id, made.key
$$
"""

# SKIP LOCKED: its job's row is locked, and whoever has a part's row may wait for that.
_USE_PARTS_OF_JOB = """
CREATE FUNCTION use_parts_of_job(wanted text, fresh_s float) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    WITH used AS (SELECT fingerprint FROM artifact
                   WHERE fingerprint IN (SELECT made.value FROM step
                                          CROSS JOIN LATERAL jsonb_each_text(step.parts) AS made
                                          WHERE step.job_id = wanted AND step.state = 'DONE')
                     AND used_at < now() - make_interval(secs => fresh_s) AND removing_at IS NULL
                     FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE artifact SET used_at = now() FROM used WHERE artifact.fingerprint = used.fingerprint
$$
"""

# Whose a key is has to be known before it can be said whose rows a query is about. That it was used
# is noted once a minute: a key is used at every request.
_USE_KEY = """
CREATE FUNCTION use_key(wanted text) RETURNS TABLE (tenant text, scopes jsonb, digest text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    -- Of many requests at once one notes the use, and none waits for that to reach the disk.
    UPDATE api_key SET used_at = now()
     WHERE id = (SELECT id FROM api_key
                  WHERE id = wanted
                    AND (used_at IS NULL OR used_at < now() - interval '1 minute')
                    FOR UPDATE SKIP LOCKED);
    IF FOUND THEN
        PERFORM set_config('synchronous_commit', 'off', true);
    END IF;
    RETURN QUERY
    SELECT key.tenant::text, key.scopes, key.digest::text
      FROM api_key AS key
     WHERE key.id = wanted AND key.revoked_at IS NULL
       AND (key.expires_at IS NULL OR key.expires_at > now())
       AND NOT EXISTS (SELECT FROM tenant
                        WHERE tenant.name = key.tenant AND tenant.disabled_at IS NOT NULL);
END $$
"""
