import type { Catalog } from "../catalog/catalog.ts";
import { reflect } from "../catalog/reflect.ts";
import type { Adopted } from "../compare/adopt.ts";
import { type Call, perform } from "../compare/call.ts";
import { compare, compareCatalogs } from "../compare/compare.ts";
import { detected } from "../compare/detected.ts";
import { withoutOwners } from "../compare/owners.ts";
import { refusals } from "../compare/refusals.ts";
import { prove, run } from "../scratch/prove.ts";
import { followRenames } from "./follow-renames.ts";
import { adjust, type CompareHooks, filterOf } from "./hooks.ts";
import { parseRename, renameCalls } from "./rename.ts";
import { type RenameCandidate, renameCandidates } from "./rename-candidates.ts";
import { reverseCalls } from "./reverse-calls.ts";
import type { Sides } from "./sources.ts";

export interface PlanOptions {
  /** Answers: `users.name=users.full_name`. */
  readonly renames?: readonly string[] | undefined;
  /** What is no rename, although it may look like one: `users.name`. */
  readonly notRenamed?: readonly string[] | undefined;
  readonly hooks?: CompareHooks | undefined;
  /** What the `to` side takes over of `from`, and what of that is to be told; default nothing. */
  readonly adopt?: ((from: Catalog, to: Catalog) => Adopted) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Both ways between two catalogs. */
export interface Changes {
  readonly from: Catalog;
  readonly to: Catalog;
  readonly up: readonly Call[];
  readonly down: readonly Call[];
  /** A line for each difference, in Alembic's words. */
  readonly detected: readonly string[];
  /** What the `to` side does not speak of and has taken over. */
  readonly leftAlone: readonly string[];
  /** What cannot be done, or did not come to what it should; a sentence for each. None: both ways are proven. */
  readonly unsupported: readonly string[];
  /** What may be a rename and nobody has said. */
  readonly renameCandidates: readonly RenameCandidate[];
}

/**
 * Compares two sides and proves both ways in a scratch database. Renames are done first, on a copy of `from`, which is then
 * read again: PostgreSQL itself says what has changed with them.
 *
 * @throws {RenameInvalid}
 */
export async function planBetween(sides: Sides, options: PlanOptions): Promise<Changes> {
  const { renames: wanted = [], notRenamed = [], hooks = {}, adopt, signal } = options;
  const { schemas, defaultSchema, open } = sides;
  const look = async (connection: Sides["from"]): Promise<Catalog> => {
    const catalog = await reflect(connection, { defaultSchema, schemas, signal });
    return adopt !== undefined || sides.hasOwners ? catalog : withoutOwners(catalog);
  };
  const filter = filterOf(hooks);
  const goal = filter(await look(sides.to), false);
  const whole = await look(sides.from);
  const from = filter(whole, true);
  const parsed = wanted.map(parseRename);
  const renames: Call[] = [];
  let renamed = from;
  if (parsed.length > 0) {
    const copy = await open();
    await run(copy, perform(compare(await look(copy), whole)), signal);
    const take = async (calls: readonly Call[]): Promise<void> => {
      await run(copy, perform(calls), signal);
      renames.push(...calls);
    };
    for (const rename of parsed) await take(await renameCalls(copy, rename, defaultSchema));
    const half = { catalog: await look(copy), connection: copy };
    await take(await followRenames(half, { catalog: goal, connection: sides.to }));
    renamed = filter(await look(copy), true);
  }
  const adopted = adopt?.(renamed, goal) ?? { to: goal, leftAlone: [] };
  const to = adjust(renamed, adopted.to, hooks);
  const [there, back] = [compareCatalogs(renamed, to), compareCatalogs(to, renamed)];
  const changes = there.calls;
  const up = [...renames, ...changes];
  const down = [...back.calls, ...reverseCalls(renames)];
  const result = {
    from,
    to,
    up,
    down,
    detected: [...detectedRenames(renames), ...detected(changes)],
    leftAlone: adopted.leftAlone,
    renameCandidates: renameCandidates(changes, notRenamed, defaultSchema),
  };
  const refused = new Set([...refusals(renamed, to), ...there.conflicts, ...back.conflicts]);
  if (up.length === 0 || refused.size > 0) return { ...result, unsupported: [...refused] };
  const settled = (is: Catalog): Catalog => adjust(renamed, adopt!(is, goal).to, hooks);
  const proof = {
    from,
    to,
    up,
    down,
    schemas,
    whole,
    adopt: adopt === undefined ? undefined : settled,
    filter: (catalog: Catalog) => filter(catalog, true),
  };
  return { ...result, unsupported: await prove(open, proof, signal) };
}

/** `Detected renamed column 'users.name' to 'full_name'`. */
function detectedRenames(calls: readonly Call[]): readonly string[] {
  return calls.map(({ method, arguments: given }) => {
    const words = given
      .filter((word) => typeof word !== "object" || Array.isArray(word))
      .map((word) => [word].flat().join("."));
    const kind = method.replace(/^rename(?=[A-Z])/, "").replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return `Detected ${method === "createSchema" ? "added schema" : `rename: ${kind.trim()}`} ${words.join(", ")}`;
  });
}
