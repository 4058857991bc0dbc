"""Compares SQLAlchemy's models of as many tables with the database, by Alembic.

A child of the benchmarks that speaks lines of JSON (see src/check/comparer.ts). With the word "thorough" it compares
types and defaults too, which Alembic leaves out unless it is asked.
"""

import json
import os
import sys
import time

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Boolean, Column, DateTime, ForeignKey, Integer, MetaData, Numeric, String, Table, Text, create_engine, func, text
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.pool import NullPool

thorough = "thorough" in sys.argv
metadata = MetaData()
for number in range(int(os.environ["BENCHMARK_TABLES"])):
    name = f"product_{number}"
    parent = f"product_{number // 2}"
    Table(
        name,
        metadata,
        Column("id", UUID(as_uuid=True), primary_key=True),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("name", String(255), nullable=False, unique=True, index=True),
        Column("note", Text),
        Column("quantity", Integer, nullable=False, server_default=text("0")),
        Column("price", Numeric(12, 2), nullable=False),
        Column("is_active", Boolean, nullable=False, server_default=text("true")),
        Column("parent_id", UUID(as_uuid=True), ForeignKey(f"{parent}.id", name=f"fk_{name}_parent_id_{parent}"), nullable=False, index=True),
    )

# A connection for each comparison, as a command would make one.
engine = create_engine(os.environ["BENCHMARK_URL"], poolclass=NullPool)
options = {"compare_type": thorough, "compare_server_default": thorough}

for _ in sys.stdin:
    start = time.perf_counter()
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    milliseconds = (time.perf_counter() - start) * 1000
    print(json.dumps({"milliseconds": milliseconds, "differences": len(differences)}), flush=True)
