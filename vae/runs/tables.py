"""The tables of the record, and the version of their shape."""

import sqlalchemy as sa

SCHEMA_VERSION = 2

# What makes a database of an older version one of the next, by that older version.
MIGRATIONS = {
    1: (
        "ALTER TABLE runs ADD COLUMN pause_asked BOOLEAN NOT NULL DEFAULT FALSE",
        "ALTER TABLE runs ADD COLUMN resumes INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE runs ADD COLUMN pinned BOOLEAN NOT NULL DEFAULT FALSE",
        "ALTER TABLE runs ADD COLUMN visitor VARCHAR(32)",
        "ALTER TABLE validations ADD COLUMN reconstruction_variance FLOAT",
    ),
}

schema = sa.MetaData()

version = sa.Table("schema_version", schema, sa.Column("version", sa.Integer, nullable=False))

runs = sa.Table(
    "runs",
    schema,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("loop", sa.String(32), nullable=False),
    sa.Column("race", sa.String(32), index=True),
    sa.Column("config", sa.JSON, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("phase", sa.String(80), nullable=False, default=""),
    sa.Column("step", sa.Integer, nullable=False, default=0),
    sa.Column("error", sa.String(500)),
    sa.Column("environment", sa.JSON),
    sa.Column("result", sa.JSON),
    # Times are seconds since 1970, UTC.
    sa.Column("created", sa.Float, nullable=False, index=True),
    sa.Column("started", sa.Float),
    sa.Column("ended", sa.Float),
    sa.Column("heartbeat", sa.Float),
    sa.Column("stop_asked", sa.Float),
    sa.Column("pause_asked", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("pid", sa.Integer),
    sa.Column("pid_created", sa.Float),
    sa.Column("resumes", sa.Integer, nullable=False, server_default="0"),
    sa.Column("pinned", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("visitor", sa.String(32)),
)

likelihoods = sa.Table(
    "likelihoods",
    schema,
    sa.Column("run", sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("samples", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("images", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("done", sa.Integer, nullable=False, default=0),
    sa.Column("total", sa.Float, nullable=False, default=0.0),
    sa.Column("squares", sa.Float, nullable=False, default=0.0),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("stop_asked", sa.Float),
    sa.Column("pid", sa.Integer),
    sa.Column("pid_created", sa.Float),
)

validations = sa.Table(
    "validations",
    schema,
    sa.Column("run", sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("error", sa.Float, nullable=False),
    sa.Column("active_units", sa.Integer, nullable=False),
    sa.Column("kl", sa.JSON, nullable=False),
    sa.Column("mutual_information", sa.Float, nullable=False),
    sa.Column("reconstruction_variance", sa.Float),
)

metrics = sa.Table(
    "metrics",
    schema,
    sa.Column("run", sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("batch_size", sa.Integer, nullable=False),
    sa.Column("loss", sa.Float, nullable=False),
    sa.Column("reconstruction", sa.Float, nullable=False),
    sa.Column("kl", sa.Float, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sqlite_with_rowid=False,
)
