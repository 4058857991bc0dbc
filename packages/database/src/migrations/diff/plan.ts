import type { Catalog } from "../catalog/catalog.ts";
import { reflect } from "../catalog/reflect.ts";
import { adopt, type Spoken } from "../compare/adopt.ts";
import { type Call, perform } from "../compare/call.ts";
import { compare, compareCatalogs } from "../compare/compare.ts";
import { detected } from "../compare/detected.ts";
import { withoutOwners } from "../compare/owners.ts";
import { misplaced, refusals } from "../compare/refusals.ts";
import { bothWays } from "../online/both-ways.ts";
import { prove, run } from "../scratch/prove.ts";
import { followRenames } from "./follow-renames.ts";
import { adjust, type CompareHooks, filterOf } from "./hooks.ts";
import { isNamed, parseRename, renameCalls } from "./rename.ts";
import { type RenameCandidate, renameCandidates } from "./rename-candidates.ts";
import { detectedRenames } from "./rename-lines.ts";
import { reverseCalls } from "./reverse-calls.ts";
import type { Sides } from "./sources.ts";

export interface PlanOptions {
  /** Answers: `users.name=users.full_name`. */
  readonly renames?: readonly string[] | undefined;
  /** What is no rename, although it may look like one: `users.name`. */
  readonly notRenamed?: readonly string[] | undefined;
  readonly hooks?: CompareHooks | undefined;
  /** What the `to` side speaks of, where that is models; the rest it takes over from the other side. Default: of all. */
  readonly spoken?: Spoken | undefined;
  /** The same of the `from` side. */
  readonly spokenBefore?: Spoken | undefined;
  /** Whether tables that hold rows on the `from` side are changed in the safe form; default false. */
  readonly isOnline?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Both ways between two catalogs. */
export interface Changes {
  readonly from: Catalog;
  readonly to: Catalog;
  readonly up: readonly Call[];
  readonly down: readonly Call[];
  /** Whether each call has to be a transaction of its own. */
  readonly isStepwise: boolean;
  /** For each call of `up` and `down` what the safe form costs all the same; may be shorter than the calls. */
  readonly remarks: { readonly up: readonly (readonly string[])[]; readonly down: readonly (readonly string[])[] };
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
  const { notRenamed = [], hooks = {}, spoken, spokenBefore, isOnline, signal } = options;
  const { defaultSchema, open } = sides;
  const look = looker(sides, options);
  const filter = filterOf(hooks);
  const goal = filter(await look(sides.to), false);
  const seen = await look(sides.from);
  const whole = spokenBefore === undefined ? seen : adopt(goal, seen, spokenBefore).to;
  const from = filter(whole, true);
  const { renames, copied } = await rename(sides, options, whole, goal);
  const renamed = copied === undefined ? from : filter(copied, true);
  const adopted = spoken === undefined ? { to: goal, leftAlone: [] } : adopt(renamed, goal, spoken);
  const to = adjust(renamed, adopted.to, hooks);
  const [there, back] = [compareCatalogs(renamed, to), compareCatalogs(to, renamed)];
  const plain = {
    from,
    to,
    up: [...renames, ...there.calls],
    down: [...back.calls, ...reverseCalls(renames)],
  };
  const isWhole = spoken === undefined && spokenBefore === undefined;
  const conflicts = [...there.conflicts, ...back.conflicts];
  const refused = [...new Set([...refusals(renamed, to), ...(isWhole ? misplaced(renamed, to) : []), ...conflicts])];
  const forms = isOnline === true && refused.length === 0 ? await bothWays(sides.from, plain, signal) : undefined;
  const { up, down } = forms === undefined ? plain : { up: forms.up.calls, down: forms.down.calls };
  const isStepwise = forms !== undefined && (forms.up.isStepwise || forms.down.isStepwise);
  const result = {
    from,
    to,
    up,
    down,
    isStepwise,
    remarks: { up: forms?.up.remarks ?? [], down: forms?.down.remarks ?? [] },
    detected: [...detectedRenames(renames), ...detected(there.calls)],
    leftAlone: adopted.leftAlone,
    renameCandidates: renameCandidates(there.calls, notRenamed, defaultSchema),
  };
  if (up.length === 0 || refused.length > 0) return { ...result, unsupported: refused };
  const proof = {
    from,
    to,
    up,
    down,
    isStepwise,
    whole,
    adopt: spoken && ((is: Catalog) => adjust(renamed, adopt(is, goal, spoken).to, hooks)),
    filter: (catalog: Catalog) => filter(catalog, true),
  };
  return { ...result, unsupported: await prove(open, proof, signal) };
}

/** Reads a side. Owners are compared where both sides have them, and where models take them over. */
function looker(sides: Sides, { spoken, signal }: PlanOptions): (connection: Sides["from"]) => Promise<Catalog> {
  return async (connection) => {
    const catalog = await reflect(connection, { defaultSchema: sides.defaultSchema, signal });
    return spoken !== undefined || sides.hasOwners ? catalog : withoutOwners(catalog);
  };
}

/** Does the renames on a copy of `from`, and those that follow from them. `copied`: the copy then; absent: there are none. */
async function rename(
  sides: Sides,
  options: PlanOptions,
  from: Catalog,
  goal: Catalog,
): Promise<{ readonly renames: readonly Call[]; readonly copied?: Catalog }> {
  const { renames: wanted = [], signal } = options;
  if (wanted.length === 0) return { renames: [] };
  const parsed = wanted.map(parseRename);
  const { defaultSchema } = sides;
  const look = looker(sides, options);
  const renames: Call[] = [];
  const copy = await sides.open();
  await run(copy, perform(compare(await look(copy), from)), signal);
  const take = async (calls: readonly Call[]): Promise<void> => {
    await run(copy, perform(calls), signal);
    renames.push(...calls);
  };
  for (const answer of parsed) {
    const isThere = await isNamed(copy, answer.from, defaultSchema);
    // An answer to what nobody asks: neither side has it.
    if (!isThere && !(await isNamed(sides.to, answer.to, defaultSchema))) continue;
    await take(await renameCalls(copy, answer, defaultSchema));
  }
  const half = { catalog: await look(copy), connection: copy };
  await take(await followRenames(half, { catalog: goal, connection: sides.to }));
  return { renames, copied: await look(copy) };
}
