"""SQLAlchemy's async session on asyncpg, as HypertroQ's backend used it: a pool with pre-ping, one session per request.

A child of the benchmarks that speaks JSON lines (see src/racers/child.ts). Runs on SQLAlchemy 1.4 and 2.0.
"""

import asyncio
import json
import os
import random
import signal
import sys
import time
import uuid
from datetime import datetime

import asyncpg
import sqlalchemy
from sqlalchemy import Boolean, Column, DateTime, Integer, String, func, select, update
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import declarative_base, sessionmaker

ROWS = 10_000

Base = declarative_base()


class User(Base):
    __tablename__ = "users"
    id = Column(UUID(as_uuid=True), primary_key=True)
    email = Column(String(255), nullable=False)
    hashed_password = Column(String(255), nullable=False)
    full_name = Column(String(255))
    is_active = Column(Boolean, nullable=False, default=True)
    is_superuser = Column(Boolean, nullable=False, default=False)
    created_at = Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    updated_at = Column(DateTime(timezone=True), nullable=False, server_default=func.now())


class Account(Base):
    __tablename__ = "accounts"
    id = Column(Integer, primary_key=True)
    owner = Column(String(255), nullable=False)
    balance = Column(Integer, nullable=False)


class Entry(Base):
    __tablename__ = "entries"
    __mapper_args__ = {"eager_defaults": True}  # the row as the database made it, by RETURNING
    id = Column(UUID(as_uuid=True), primary_key=True)
    account_id = Column(Integer, nullable=False)
    amount = Column(Integer, nullable=False)
    created_at = Column(DateTime(timezone=True), nullable=False, server_default=func.now())
    updated_at = Column(DateTime(timezone=True), nullable=False, server_default=func.now())


engine = create_async_engine(
    os.environ["BENCHMARK_URL"].replace("postgresql://", "postgresql+asyncpg://", 1),
    pool_size=int(os.environ["BENCHMARK_CONNECTIONS"]),
    max_overflow=0,
    pool_recycle=3600,
    pool_pre_ping=True,
)
sessions = sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)


async def read(request):
    async with sessions() as db:
        user = (await db.execute(select(User).where(User.email == request["email"]))).scalar_one()
        await db.commit()
        return user


async def write(request):
    async with sessions() as db:
        entry = new_entry(request)
        db.add(entry)
        await db.commit()
        return entry


async def five(request):
    async with sessions() as db:
        for account in (request["from"], request["to"]):
            (await db.execute(select(Account).where(Account.id == account))).scalar_one()
        for account, amount in ((request["from"], -request["amount"]), (request["to"], request["amount"])):
            statement = (
                update(Account)
                .where(Account.id == account)
                .values(balance=Account.balance + amount)
                .returning(Account.id, Account.owner, Account.balance)
                .execution_options(synchronize_session=False)
            )
            (await db.execute(statement)).one()
        entry = new_entry(request["entry"])
        db.add(entry)
        await db.commit()
        return entry


async def checkout(_request):
    async with engine.connect():
        pass


def new_entry(request):
    return Entry(id=uuid.UUID(request["id"]), account_id=request["accountId"], amount=request["amount"])


def any_entry():
    return {"id": str(uuid.uuid4()), "accountId": random.randint(1, ROWS), "amount": random.randint(1, 100)}


def any_transfer():
    start = random.randint(1, ROWS - 1)
    end = random.randint(start + 1, ROWS)
    return {"from": start, "to": end, "amount": random.randint(1, 100), "entry": any_entry()}


WORKS = {
    "read": (read, lambda: {"email": f"user{random.randint(1, ROWS)}@example.com"}),
    "write": (write, any_entry),
    "five": (five, any_transfer),
    "checkout": (checkout, lambda: None),
}


async def measure(operation, make_input, concurrency, seconds):
    operations = 0
    cpu = time.process_time()
    start = time.perf_counter()
    end = start + seconds

    async def one_after_another():
        nonlocal operations
        while time.perf_counter() < end:
            await operation(make_input())
            operations += 1

    await asyncio.gather(*(one_after_another() for _ in range(concurrency)))
    return {
        "operations": operations,
        "seconds": time.perf_counter() - start,
        "cpu": time.process_time() - cpu,
    }


async def answer(request):
    operation, make_input = WORKS[request["work"]]
    if request["do"] == "once":
        return as_dict(await operation(request.get("input")))
    return await measure(operation, make_input, request["concurrency"], request["seconds"])


def as_dict(row):
    return row and {column.name: getattr(row, column.name) for column in row.__table__.columns}


def plain(value):
    return value.isoformat() if isinstance(value, datetime) else str(value)


def say(message):
    print(json.dumps(message, default=plain), flush=True)


async def main(loop_name):
    version = f"{sqlalchemy.__version__}, asyncpg {asyncpg.__version__}, {loop_name}"
    say({"version": version, "works": list(WORKS)})
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        try:
            say({"result": await answer(json.loads(line))})
        except Exception as error:
            say({"error": f"{type(error).__name__}: {error}"})
    await engine.dispose()


# Ctrl-C reaches every process of the terminal. The parent decides, and closes our input.
signal.signal(signal.SIGINT, signal.SIG_IGN)
try:
    import uvloop  # what uvicorn takes when it is there

    uvloop.install()
    asyncio.run(main(f"uvloop {uvloop.__version__}"))
except ImportError:
    asyncio.run(main("asyncio"))
