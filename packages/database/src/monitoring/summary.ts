import { KnownTexts, normalise } from "../session/normalise.ts";

/** What a statement does, in OpenTelemetry's words: few values, whatever the application sends. */
export interface StatementSummary {
  /** `db.operation.name`: SELECT, INSERT … */
  readonly operation: string;
  /** `db.collection.name`: the first table it names, as far as that can be seen; undefined: none. */
  readonly collection: string | undefined;
}

const OPERATIONS =
  /^(select|insert|update|delete|merge|copy|values|table|create|alter|drop|truncate|lock|set|show|call|do|listen|notify|refresh|vacuum|analyze|explain|grant|revoke|comment|declare|fetch|close)\b/i;
const NAME = String.raw`(?:"(?:[^"]|"")+"|[a-z_\x80-\uffff][\w$\x80-\uffff]*)`;
const COLLECTION = new RegExp(
  String.raw`\b(?:from|into|update|join|table|copy|truncate|lock)(?: only| table| if exists| if not exists)* (${NAME}(?:\.${NAME})?)`,
  "i",
);

/** Tables that are told apart; those beyond are one. */
const MOST_COLLECTIONS = 200;
/** Texts that are remembered. */
const MOST_TEXTS = 2000;

/** Tells what statements do by their texts, remembering what it has seen. */
export class Summaries {
  readonly #known = new KnownTexts(MOST_TEXTS, (text) => this.#read(normalise(text)));
  readonly #collections = new Set<string>();

  of(text: string): StatementSummary {
    return this.#known.of(text);
  }

  #read(text: string): StatementSummary {
    const top = withoutNested(text);
    // WITH is followed by names and, in brackets, queries; then by what the statement does.
    const main = /^with\b/i.test(top) ? top.replace(/^.*?(?=\b(?:select|insert|update|delete|merge)\b)/i, "") : top;
    const operation = OPERATIONS.exec(main)?.[1]?.toUpperCase() ?? "OTHER";
    const found = (COLLECTION.exec(main) ?? COLLECTION.exec(text))?.[1];
    return { operation, collection: found === undefined ? undefined : this.#limited(found) };
  }

  #limited(name: string): string {
    const plain = name.replace(/"((?:[^"]|"")+)"/g, (_, inner: string) => inner.replaceAll('""', '"'));
    if (!this.#collections.has(plain)) {
      if (this.#collections.size >= MOST_COLLECTIONS) return "(other)";
      this.#collections.add(plain);
    }
    return plain;
  }
}

/** A text with `%` where something is in brackets. */
function withoutNested(text: string): string {
  let shorter = text;
  let before: string;
  do {
    before = shorter;
    shorter = before.replace(/\([^()]*\)/g, "%");
  } while (shorter !== before);
  return shorter;
}
