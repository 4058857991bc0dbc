import { DefinitionError } from "../../errors.ts";
import type { Recovery } from "./step.ts";
import { Words } from "./words.ts";

/**
 * How a statement written by hand is mended when a run was killed in it, if PostgreSQL refuses it in a transaction;
 * undefined for all others. Those that could not be repeated (CREATE DATABASE) are not known here, and the server
 * refuses them.
 *
 * @throws {DefinitionError} on an index built concurrently that has no name, because it could not be found again.
 */
export function recoveryOf(sql: string): Recovery | undefined {
  const words = new Words(sql);
  if (words.take("create")) return createIndex(words);
  if (words.take("drop", "index", "concurrently")) return dropIndex(words);
  if (words.take("alter", "table")) return detachPartition(words);
  if (words.take("reindex")) return reindex(words);
  const repeats = words.take("vacuum") || words.take("alter", "system") || (words.take("cluster") && words.isAtEnd);
  return repeats ? { kind: "repeat" } : undefined;
}

function createIndex(words: Words): Recovery | undefined {
  const unique = words.take("unique") ? "unique " : "";
  if (!words.take("index", "concurrently")) return undefined;
  words.take("if", "not", "exists");
  const name = words.is("on") ? undefined : words.name();
  if (name === undefined || !words.take("on")) {
    throw new DefinitionError(
      "An index that is built concurrently needs a name, by which a broken one is found again.",
    );
  }
  const only = words.take("only") ? "only " : "";
  const table = words.name();
  if (table === undefined) return undefined;
  const rest = words.rest;
  return {
    kind: "createIndex",
    index: name.last,
    table: table.sql,
    text: (index, other) => `create ${unique}index ${index} on ${only}${other} ${rest}`,
  };
}

function dropIndex(words: Words): Recovery {
  words.take("if", "exists");
  return { kind: "dropIndex", text: `drop index concurrently if exists ${words.rest}` };
}

function detachPartition(words: Words): Recovery | undefined {
  words.take("if", "exists");
  words.take("only");
  const table = words.name();
  if (table === undefined || !words.take("detach", "partition")) return undefined;
  const partition = words.name();
  if (partition === undefined || !words.take("concurrently")) return undefined;
  const finalize = `alter table ${table.sql} detach partition ${partition.sql} finalize`;
  return { kind: "detachPartition", table: table.sql, partition: partition.sql, finalize };
}

function reindex(words: Words): Recovery | undefined {
  const options = words.parenthesised();
  const target = (["index", "table", "schema"] as const).find((word) => words.take(word));
  if (target === undefined) return { kind: "repeat" }; // a database, or the system's catalogs
  const concurrently = words.take("concurrently") || options.includes("concurrently");
  const name = words.name();
  if (name === undefined || (!concurrently && target !== "schema")) return undefined;
  return { kind: "reindex", target, name: name.sql };
}
