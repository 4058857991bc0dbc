import type { RowShape } from "../connection/row-reader.ts";
import type { Source, Writer } from "./writer.ts";

/** What all queries of one shape have in common: everything but their values. */
export interface Plan {
  readonly text: string;
  /** What its rows become. */
  readonly shape: RowShape | undefined;
  /** See `Statement.reads`. */
  readonly reads: readonly Source[] | undefined;
}

/** What can be planned. */
export interface Plannable {
  write(writer: Writer): void;
  /** Asked once for each shape. */
  rowShape(): RowShape | undefined;
}

/**
 * How many steps the tree may have, some 10 MB; when there are more, all are forgotten and made again as they are used. A
 * query of the usual kind has ten to fifty, and shares most of them with others.
 */
const CAPACITY = 100_000;

/** A step takes about as much memory as so many characters of a text. */
const BYTES_PER_STEP = 100;

/** Characters of the longest text that is kept: longer ones are lists of conditions or parts that are never met again. */
const LONGEST = 16 * 1024;

/** A place in the tree of shapes. */
class Node {
  readonly token: unknown;
  /** The only child, or the one that came first. */
  child: Node | undefined;
  others: Map<unknown, Node> | undefined;
  plan: Plan | undefined;

  constructor(token: unknown) {
    this.token = token;
  }
}

const VALUE = Symbol("value");

/** How many values of a query may be written twice as one parameter: a search of those that were written so far. */
const SHARED = 32;

/** What the first parameters belong to, by position. */
class Origins {
  readonly #list: (object | undefined)[] = [];

  find(origin: object | undefined): number | undefined {
    const i = origin === undefined ? -1 : this.#list.indexOf(origin);
    return i === -1 ? undefined : i + 1;
  }

  add(origin: object | undefined, position: number): void {
    if (position <= SHARED) this.#list[position - 1] = origin;
  }
}

/**
 * Plans by shape. What a query writes is at the same time the way through a tree: each text, each place of a value, each
 * key is one step, and at the end is the plan. So a shape that was met before costs no text, only a comparison of
 * pointers per step; and two queries share a plan exactly when they would write the same.
 */
export class PlanCache {
  #root = new Node(undefined);
  #size = 0;
  readonly #capacity: number;

  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  /** How many steps the tree has. */
  get size(): number {
    return this.#size;
  }

  /** The query's plan, and its values in the order of the parameters. */
  find(query: Plannable): { readonly plan: Plan; readonly values: readonly unknown[] } {
    const walk = new Walk(this.#root);
    query.write(walk);
    let { plan } = walk.node;
    this.#size += walk.made;
    if (plan === undefined) {
      plan = print(query);
      if (plan.text.length <= LONGEST) walk.node.plan = plan;
      this.#size += plan.text.length / BYTES_PER_STEP;
    }
    if (this.#size > this.#capacity) this.#forget();
    return { plan, values: walk.values };
  }

  #forget(): void {
    this.#root = new Node(undefined);
    this.#size = 0;
  }
}

/** Walks the tree, making what is not there yet, and collects the values. */
class Walk implements Writer {
  node: Node;
  readonly values: unknown[] = [];
  /** How many steps were new. */
  made = 0;
  readonly #origins = new Origins();

  constructor(root: Node) {
    this.node = root;
  }

  text(sql: string): void {
    this.#step(sql);
  }
  value(value: unknown, origin?: object): void {
    const known = this.#origins.find(origin);
    if (known !== undefined) {
      this.#step(known);
      return;
    }
    this.#origins.add(origin, this.values.push(value));
    this.#step(VALUE);
  }
  key(identity: unknown): void {
    this.#step(identity);
  }
  reads(): void {}
  impure(): void {}

  #step(token: unknown): void {
    const { node } = this;
    const { child } = node;
    if (child === undefined) {
      this.made += 1;
      this.node = node.child = new Node(token);
    } else if (child.token === token) {
      this.node = child;
    } else {
      node.others ??= new Map();
      let other = node.others.get(token);
      if (other === undefined) {
        this.made += 1;
        other = new Node(token);
        node.others.set(token, other);
      }
      this.node = other;
    }
  }
}

/** Writes the text, and notes what it reads. */
class Printer implements Writer {
  sql = "";
  isPure = true;
  readonly values: unknown[] = [];
  readonly sources = new Set<Source>();
  readonly #origins = new Origins();

  text(sql: string): void {
    this.sql += sql;
  }
  value(value: unknown, origin?: object): void {
    const known = this.#origins.find(origin);
    const position = known ?? this.values.push(value);
    if (known === undefined) this.#origins.add(origin, position);
    this.sql += `$${position}`;
  }
  key(): void {}
  reads(source: Source): void {
    this.sources.add(source);
  }
  impure(): void {
    this.isPure = false;
  }
}

function print(query: Plannable, printer = new Printer()): Plan {
  query.write(printer);
  return {
    text: flatten(printer.sql),
    shape: query.rowShape(),
    reads: printer.isPure ? [...printer.sources] : undefined,
  };
}

/** The plan of a query whose shape is not to be kept: a list of rows that may be long, and another one each time. */
export function planOnce(query: Plannable): { readonly plan: Plan; readonly values: readonly unknown[] } {
  const printer = new Printer();
  return { plan: print(query, printer), values: printer.values };
}

/** One string instead of a tree of the pieces it was made of, which its first use as a key would flatten anyway. */
function flatten(text: string): string {
  return Buffer.from(text).toString();
}

/** The shapes of this process. Text and readers depend on models and queries alone, never on a database. */
export const plans = new PlanCache();
