import { type Name, quoteList, quoteName, quoteQualified, showName } from "./identifier.ts";
import {
  checkOptions,
  checkSql,
  definition,
  flag,
  names,
  object,
  oneOf,
  type Parameters,
  parameterList,
  type Shape,
  text,
} from "./options.ts";
import { type Renderers, when } from "./rendered.ts";

/** A view besides its query (PostgreSQL, "CREATE VIEW"). */
export interface ViewOptions {
  /** Names of its columns. Default: those of the query. */
  readonly columns?: readonly string[] | undefined;
  /** `{ security_barrier: true, security_invoker: true }`. */
  readonly with?: Parameters | undefined;
  /** Whether rows written through it must be rows of it: of this view, or of those below too. Default: neither. */
  readonly checkOption?: "local" | "cascaded" | undefined;
}

/** A view that is to be created. */
export interface ViewDefinition extends ViewOptions {
  /** In SQL. */
  readonly query: string;
}

/** Options of a materialized view. */
export interface MaterializedViewOptions {
  readonly columns?: readonly string[] | undefined;
  /** Storage parameters. */
  readonly with?: Parameters | undefined;
  readonly tablespace?: string | undefined;
  /** Whether it is filled now. Default: true. */
  readonly withData?: boolean | undefined;
}

/** A materialized view that is to be created. */
export interface MaterializedViewDefinition extends MaterializedViewOptions {
  /** In SQL. */
  readonly query: string;
}

export interface ViewOperations {
  /** CREATE VIEW. The query is SQL. */
  createView(name: Name, query: string, options?: ViewOptions): void;
  /** CREATE OR REPLACE VIEW, which can add columns and change no other. `was`: `{ query, … }` as it was. */
  replaceView(name: Name, query: string, options?: ViewOptions & { readonly was?: ViewDefinition | undefined }): void;
  /** DROP VIEW. `cascade` drops views of it too. `was`: `{ query, … }`. */
  dropView(
    name: Name,
    options?: { readonly cascade?: boolean | undefined; readonly was?: ViewDefinition | undefined },
  ): void;
  /** CREATE MATERIALIZED VIEW. */
  createMaterializedView(name: Name, query: string, options?: MaterializedViewOptions): void;
  /** DROP MATERIALIZED VIEW. `was`: `{ query, … }`. Its indexes go with it and do not come back. */
  dropMaterializedView(
    name: Name,
    options?: { readonly cascade?: boolean | undefined; readonly was?: MaterializedViewDefinition | undefined },
  ): void;
  /** REFRESH MATERIALIZED VIEW. `concurrently` lets readers go on, and needs a unique index. There is nothing to take back. */
  refreshMaterializedView(
    name: Name,
    options?: { readonly concurrently?: boolean | undefined; readonly withData?: boolean | undefined },
  ): void;
}

const VIEW: Shape<ViewOptions> = { columns: names, with: object, checkOption: oneOf("local", "cascaded") };
const MATERIALIZED: Shape<MaterializedViewOptions> = { columns: names, with: object, tablespace: text, withData: flag };

export const VIEW_OPERATIONS: Renderers<ViewOperations> = {
  createView(name, query, options = {}) {
    return {
      subject: showName(name),
      statements: [viewSql("create view", name, query, checkOptions("It", options, VIEW))],
      reverse: (op) => op.dropView(name, { was: { ...options, query } }),
    };
  },

  replaceView(name, query, options = {}) {
    const { was, ...now } = checkOptions("It", options, { ...VIEW, was: definition });
    return {
      subject: showName(name),
      statements: [viewSql("create or replace view", name, query, now)],
      reverse:
        was === undefined
          ? undefined
          : (op) => {
              const { query: old, ...rest } = was;
              op.replaceView(name, old, { ...rest, was: { ...now, query } });
            },
    };
  },

  dropView(name, options = {}) {
    const { cascade, was } = checkOptions("It", options, { cascade: flag, was: definition });
    return {
      subject: showName(name),
      statements: [`drop view ${quoteQualified(name)}${when(cascade, "cascade")}`],
      reverse:
        was === undefined
          ? undefined
          : (op) => {
              const { query, ...rest } = was;
              op.createView(name, query, rest);
            },
    };
  },

  createMaterializedView(name, query, options = {}) {
    const { columns, with: parameters, tablespace, withData } = checkOptions("It", options, MATERIALIZED);
    return {
      subject: showName(name),
      statements: [
        `create materialized view ${quoteQualified(name)}` +
          (columns === undefined ? "" : ` (${quoteList(columns)})`) +
          (parameters === undefined ? "" : ` with (${parameterList(parameters)})`) +
          (tablespace === undefined ? "" : ` tablespace ${quoteName(tablespace)}`) +
          ` as ${checkSql("Its query", query)}` +
          (withData === false ? " with no data" : ""),
      ],
      reverse: (op) => op.dropMaterializedView(name, { was: { ...options, query } }),
    };
  },

  dropMaterializedView(name, options = {}) {
    const { cascade, was } = checkOptions("It", options, { cascade: flag, was: definition });
    return {
      subject: showName(name),
      statements: [`drop materialized view ${quoteQualified(name)}${when(cascade, "cascade")}`],
      reverse:
        was === undefined
          ? undefined
          : (op) => {
              const { query, ...rest } = was;
              op.createMaterializedView(name, query, rest);
            },
    };
  },

  refreshMaterializedView(name, options = {}) {
    const { concurrently, withData } = checkOptions("It", options, { concurrently: flag, withData: flag });
    const data = withData === false ? " with no data" : "";
    return {
      subject: showName(name),
      statements: [`refresh materialized view${when(concurrently, "concurrently")} ${quoteQualified(name)}${data}`],
      reverse: () => {},
    };
  },
};

function viewSql(
  verb: string,
  name: Name,
  query: string,
  { columns, with: parameters, checkOption }: ViewOptions,
): string {
  return (
    `${verb} ${quoteQualified(name)}` +
    (columns === undefined ? "" : ` (${quoteList(columns)})`) +
    (parameters === undefined ? "" : ` with (${parameterList(parameters)})`) +
    ` as ${checkSql("Its query", query)}` +
    when(checkOption, `with ${checkOption} check option`)
  );
}
