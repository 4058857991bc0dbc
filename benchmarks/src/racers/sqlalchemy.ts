import { fileURLToPath } from "node:url";
import { startChild } from "./child.ts";
import { findPython } from "./python.ts";
import type { Course, LeftOut, Racer } from "./racer.ts";

const PROGRAM = fileURLToPath(new URL("../../python/sqlalchemy_asyncpg.py", import.meta.url));

const NAME = "sqlalchemy";

/** The stack HypertroQ's backend had: SQLAlchemy's async session on asyncpg, with pre-ping. */
export async function startSqlAlchemy(course: Course): Promise<Racer | LeftOut> {
  const python = await findPython("sqlalchemy", "asyncpg", "greenlet");
  if (python !== undefined) return await startChild(NAME, "transaction", [python, PROGRAM], course);
  return {
    name: NAME,
    reason: "Python lacks SQLAlchemy or asyncpg: apt-get install python3-sqlalchemy python3-asyncpg python3-uvloop",
  };
}
