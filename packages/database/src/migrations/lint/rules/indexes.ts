import { array, isNew, known, type LintedStatement, onVerb, propose, quoted, type Rule } from "../rule.ts";

const ALONE = "in a revision of its own, or one with `transaction = false`";

export const INDEX_RULES: readonly Rule[] = [
  {
    id: "create-index-blocks-writes",
    severity: "error",
    title: "an index is built while nobody can write to its table",
    check: onVerb("create index", (statement) => {
      const { isConcurrent, isUnique, table = "", name, keys } = statement.read;
      if (isConcurrent || isNew(statement, table)) return undefined;
      const options = `${isUnique ? "unique: true, " : ""}concurrently: true`;
      if (known(statement, table)?.kind === "partitioned") {
        return {
          table,
          message: `The index is built on all partitions of ${table} at once, and nobody can write to any of them meanwhile.`,
          rewrite: propose(
            statement,
            `op.createIndex(${quoted(name)}, ${quoted(table)}, ${array(keys)}, { only: true }), then for each partition createIndex with concurrently and op.attachIndex`,
            `create index … on only ${table} …, then for each partition create index concurrently and alter index … attach partition …`,
          ),
        };
      }
      return {
        table,
        message: `The index is built while nobody can write to ${table}.`,
        rewrite: propose(
          statement,
          `op.createIndex(${quoted(name)}, ${quoted(table)}, ${array(keys)}, { ${options} }), ${ALONE}`,
          `${statement.sql.replace(/\bindex\b/i, "index concurrently")}, ${ALONE}`,
        ),
      };
    }),
  },
  {
    id: "drop-index-blocks-reads",
    severity: "warning",
    title: "an index is dropped with a lock that all queries on its table wait for",
    check: onVerb("drop index", (statement) => {
      const { isConcurrent, name } = statement.read;
      const table = tableOf(statement, name);
      if (isConcurrent || (table !== undefined && isNew(statement, table))) return undefined;
      if (table !== undefined && known(statement, table)?.kind === "partitioned") return undefined; // PostgreSQL has no other way
      return {
        table,
        message: `Dropping ${name} waits for all queries on its table, and all later ones wait for it.`,
        rewrite: propose(
          statement,
          `op.dropIndex(${quoted(name)}, { concurrently: true }), ${ALONE}`,
          `drop index concurrently ${name}, ${ALONE}`,
        ),
      };
    }),
  },
  {
    id: "reindex-blocks-writes",
    severity: "error",
    title: "indexes are built anew while nobody can write",
    check: (statement) => {
      const { verb, isConcurrent, name } = statement.read;
      if (!verb.startsWith("reindex ") || isConcurrent) return [];
      const target = verb.slice("reindex ".length);
      const table = target === "table" ? name : tableOf(statement, name);
      if (table !== undefined && isNew(statement, table)) return [];
      const again = propose(
        statement,
        `op.reindex(${quoted(target)}, ${quoted(name)}, { concurrently: true })`,
        `reindex ${target} concurrently ${name}`,
      );
      return [
        {
          table,
          message: `While ${name} is indexed anew nobody can write, and queries that would use the index wait.`,
          rewrite: again,
        },
      ];
    },
  },
  {
    id: "concurrently-in-transaction",
    regardless: true,
    severity: "error",
    title: "a statement that no transaction may hold is in a revision that must be one",
    check: (statement) => {
      if (statement.facts.transactional || statement.revision.transaction !== true) return [];
      return [
        {
          message: "PostgreSQL refuses this in a transaction, and the revision says `transaction = true`.",
          rewrite: "take `transaction = true` out of the revision, or move the statement to one of its own",
        },
      ];
    },
  },
  {
    id: "foreign-key-without-index",
    regardless: true,
    severity: "warning",
    title: "the columns of a foreign key have no index",
    check: (statement) => {
      const { read, all, surroundings } = statement;
      if (read.verb !== "alter table" && read.verb !== "create table") return [];
      return read.actions.flatMap((action) => {
        const columns =
          action.kind === "add column" && action.column.references !== undefined
            ? [action.column.name]
            : action.kind === "add constraint" && action.type === "foreign key"
              ? action.columns
              : [];
        if (columns.length === 0) return [];
        // At the end of the revision, and by what had been there before.
        const last = all.at(-1)!;
        const table = known({ surroundings: last.surroundings }, read.name) ?? known({ surroundings }, read.name);
        if (table === undefined) return []; // what indexes it has is not known
        const starts = (keys: readonly string[]): boolean =>
          columns.every((column) => keys.slice(0, columns.length).includes(column));
        const indexed = Object.values(table.indexes).some(({ keys }) => starts(keys));
        const own = read.actions.some(
          (one) =>
            one.kind === "add constraint" &&
            (one.type === "primary key" || one.type === "unique") &&
            starts(one.columns),
        );
        const inline = read.actions.some(
          (one) =>
            one.kind === "add column" && (one.column.isPrimary || one.column.isUnique) && starts([one.column.name]),
        );
        const later = all.some(
          ({ read: { verb, table: on, keys } }) => verb === "create index" && on === read.name && starts(keys),
        );
        if (indexed || own || inline || later) return [];
        const name = `ix_${read.name.replaceAll(".", "_")}_${columns.join("_")}`;
        return [
          {
            table: read.name,
            message: `No index of ${read.name} begins with ${columns.join(", ")}: each DELETE of a row that it refers to reads the whole table.`,
            rewrite: propose(
              statement,
              `op.createIndex(${quoted(name)}, ${quoted(read.name)}, ${array(columns)}, { concurrently: true })`,
              `create index concurrently ${name} on ${read.name} (${columns.join(", ")})`,
            ),
          },
        ];
      });
    },
  },
];

/** The table that an index is on; undefined: nobody knows. */
function tableOf({ surroundings }: LintedStatement, index: string): string | undefined {
  return Object.entries(surroundings.tables ?? {}).find(([, { indexes }]) => Object.hasOwn(indexes, index))?.[0];
}
