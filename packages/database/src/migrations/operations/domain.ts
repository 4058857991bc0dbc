import { DefinitionError } from "../../errors.ts";
import { columnPath } from "./column-clause.ts";
import { type CheckDefinition, constraintClause } from "./constraint-clause.ts";
import { type Name, quoteCollation, quoteName, quoteQualified, showName } from "./identifier.ts";
import {
  checkOptions,
  checkSql,
  definition,
  entriesOf,
  flag,
  name,
  object,
  type Shape,
  text,
  textOrNull,
} from "./options.ts";
import { type Renderers, when } from "./rendered.ts";
import { before } from "./table.ts";
import { dropTypeLosses } from "./type.ts";

/** A type of its own with rules (PostgreSQL, "CREATE DOMAIN"). */
export interface DomainDefinition {
  /** The type that it is, in SQL. */
  readonly type: string;
  readonly collation?: Name | undefined;
  /** In SQL. */
  readonly default?: string | undefined;
  /** PostgreSQL advises to leave that to the columns. Default: false. */
  readonly notNull?: boolean | undefined;
  /** By name; in SQL, where the value is `value`. */
  readonly checks?: Readonly<Record<string, string>> | undefined;
}

/** What ALTER DOMAIN changes; what is left out stays. */
export interface DomainChanges {
  /** In SQL; null takes it away. */
  readonly default?: string | null | undefined;
  readonly notNull?: boolean | undefined;
}

export interface DomainOperations {
  /** CREATE DOMAIN. */
  createDomain(name: Name, domain: DomainDefinition): void;
  /** DROP DOMAIN. `cascade` drops its columns too. `was`: its definition. */
  dropDomain(
    name: Name,
    options?: { readonly cascade?: boolean | undefined; readonly was?: DomainDefinition | undefined },
  ): void;
  /** ALTER DOMAIN … SET and DROP DEFAULT, NOT NULL. `was`: the same as it was. */
  alterDomain(name: Name, changes: DomainChanges & { readonly was?: DomainChanges | undefined }): void;
  /** ALTER DOMAIN … ADD CONSTRAINT … CHECK. */
  addDomainCheck(
    name: string,
    domain: Name,
    condition: string,
    options?: { readonly notValid?: boolean | undefined },
  ): void;
  /** ALTER DOMAIN … VALIDATE CONSTRAINT. Nothing takes it back. */
  validateDomainCheck(name: string, domain: Name): void;
  /** ALTER DOMAIN … RENAME CONSTRAINT. */
  renameDomainCheck(name: string, domain: Name, to: string): void;
  /** ALTER DOMAIN … DROP CONSTRAINT. `was`: its condition. */
  dropDomainCheck(name: string, domain: Name, options?: { readonly was?: string | CheckDefinition | undefined }): void;
}

const DEFINITION: Shape<DomainDefinition> = {
  type: text,
  collation: name,
  default: text,
  notNull: flag,
  checks: object,
};

export const DOMAIN: Renderers<DomainOperations> = {
  createDomain(name, domain) {
    const given = checkOptions("A domain", domain, DEFINITION, ["type"]);
    const checks = entriesOf("The checks", given.checks ?? {}).map(
      ([check, condition]) => ` constraint ${quoteName(check)} check (${checkSql(`The check "${check}"`, condition)})`,
    );
    return {
      subject: showName(name),
      statements: [
        `create domain ${quoteQualified(name)} as ${given.type}` +
          (given.collation === undefined ? "" : ` collate ${quoteCollation(given.collation)}`) +
          when(given.default, `default ${given.default}`) +
          when(given.notNull, "not null") +
          checks.join(""),
      ],
      reverse: (op) => op.dropDomain(name, { was: domain }),
    };
  },

  dropDomain(name, options = {}) {
    const { cascade, was } = checkOptions("It", options, { cascade: flag, was: definition });
    return {
      subject: showName(name),
      statements: [`drop domain ${quoteQualified(name)}${when(cascade, "cascade")}`],
      losses: dropTypeLosses(name, cascade),
      reverse: was === undefined ? undefined : (op) => op.createDomain(name, was),
    };
  },

  alterDomain(name, changes) {
    const shape: Shape<DomainChanges & { was?: DomainChanges }> = {
      default: textOrNull,
      notNull: flag,
      was: definition,
    };
    const { was, ...now } = checkOptions("It", changes, shape);
    const actions: string[] = [];
    if (now.default !== undefined) actions.push(now.default === null ? "drop default" : `set default ${now.default}`);
    if (now.notNull !== undefined) actions.push(now.notNull ? "set not null" : "drop not null");
    if (actions.length === 0) throw new DefinitionError("It changes nothing.");
    return {
      subject: showName(name),
      statements: actions.map((action) => `alter domain ${quoteQualified(name)} ${action}`),
      reverse: was === undefined ? undefined : (op) => op.alterDomain(name, { ...before(now, was), was: now }),
    };
  },

  addDomainCheck(name, domain, condition, options = {}) {
    const { notValid } = checkOptions("It", options, { notValid: flag });
    const check: CheckDefinition =
      notValid === undefined ? { expression: condition } : { expression: condition, notValid };
    return {
      subject: columnPath(domain, name),
      statements: [
        `alter domain ${quoteQualified(domain)} add constraint ${quoteName(name)} ${constraintClause("It", { check })}`,
      ],
      reverse: (op) => op.dropDomainCheck(name, domain, { was: check }),
    };
  },

  validateDomainCheck(name, domain) {
    return {
      subject: columnPath(domain, name),
      statements: [`alter domain ${quoteQualified(domain)} validate constraint ${quoteName(name)}`],
    };
  },

  renameDomainCheck(name, domain, to) {
    return {
      subject: columnPath(domain, name),
      statements: [`alter domain ${quoteQualified(domain)} rename constraint ${quoteName(name)} to ${quoteName(to)}`],
      reverse: (op) => op.renameDomainCheck(to, domain, name),
    };
  },

  dropDomainCheck(name, domain, options = {}) {
    const { was } = checkOptions("It", options, { was: definition });
    const { expression, ...rest } = typeof was === "object" ? was : { expression: was ?? "" };
    return {
      subject: columnPath(domain, name),
      statements: [`alter domain ${quoteQualified(domain)} drop constraint ${quoteName(name)}`],
      reverse: was === undefined ? undefined : (op) => op.addDomainCheck(name, domain, expression, rest),
    };
  },
};
