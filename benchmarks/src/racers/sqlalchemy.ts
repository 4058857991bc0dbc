import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startChild } from "./child.ts";
import { PYTHONS } from "./python.ts";
import type { Course, LeftOut, Racer } from "./racer.ts";

const PROGRAM = fileURLToPath(new URL("../../python/sqlalchemy_asyncpg.py", import.meta.url));

const NAME = "sqlalchemy";

/** The stack HypertroQ's backend had: SQLAlchemy's async session on asyncpg, with pre-ping. */
export async function startSqlAlchemy(course: Course): Promise<Racer | LeftOut> {
  for (const python of PYTHONS) {
    try {
      await promisify(execFile)(python, ["-c", "import sqlalchemy, asyncpg, greenlet"]);
    } catch {
      continue;
    }
    return await startChild(NAME, "transaction", [python, PROGRAM], course);
  }
  return {
    name: NAME,
    reason: "Python lacks SQLAlchemy or asyncpg: apt-get install python3-sqlalchemy python3-asyncpg python3-uvloop",
  };
}
