import { type Collision, MigrationFailed } from "../errors.ts";
import type { RevisionGraph } from "../script/revision-graph.ts";
import type { ScriptDirectory } from "../script/script-directory.ts";
import { newest, type OpenReplay, type Replay } from "./replay.ts";
import { type Difference, differences, linesOf, type Snapshot } from "./snapshot.ts";

export interface CommutingProof {
  /** Undefined: they commute. */
  readonly collision: Collision | undefined;
  /** What is wrong with one branch by itself. */
  readonly remarks: readonly string[];
}

/** One order of heads, tried. */
interface Trial {
  readonly order: readonly string[];
  /** What the branches have in common, and the first of them on top of it. */
  readonly common: Snapshot;
  readonly first: Snapshot | undefined;
  /** What the first one's own way back does not take back. */
  readonly ownFaults: readonly Difference[];
  /** Whether the first one has a way back that can be run. */
  readonly goesBack: boolean;
  /** All of them; undefined: one failed. */
  readonly all: Snapshot | undefined;
  /** All but the first, which was reverted under the others, and none of them any more; undefined: not come to. */
  readonly others?: Snapshot | undefined;
  readonly none?: Snapshot | undefined;
  readonly failure: Failure | undefined;
}

interface Failure {
  readonly alone: boolean;
  readonly direction: "upgrade" | "downgrade";
  /** After "the upgrade of b1 fails". */
  readonly text: string;
}

/** Tries heads in the order given and in the other one, each upwards and back. */
export async function proveCommuting(
  script: ScriptDirectory,
  open: OpenReplay,
  heads: readonly string[],
  onProgress: (heads: readonly string[]) => void,
): Promise<CommutingProof> {
  const branches = new Branches(script, heads);
  const trials: Trial[] = [];
  for (const order of [heads, [...heads].reverse()]) {
    onProgress(order);
    trials.push(await branches.tryOut(open, order));
  }
  return new Judgement(branches, trials as [Trial, Trial]).proof();
}

/** What heads have of their own and in common. */
class Branches {
  readonly script: ScriptDirectory;
  readonly graph: RevisionGraph;
  readonly heads: readonly string[];
  readonly common: readonly string[];

  constructor(script: ScriptDirectory, heads: readonly string[]) {
    this.script = script;
    this.graph = script.graph;
    this.heads = heads;
    const all = heads.map((head) => new Set(this.graph.applied([head])));
    this.common = this.graph.order.filter((id) => all.every((one) => one.has(id)));
  }

  /** What is reverted with a head while others stay, newest first. */
  own(head: string, staying: readonly string[]): readonly string[] {
    const kept = new Set([...this.common, ...this.graph.applied(staying)]);
    return this.graph
      .applied([head])
      .filter((id) => !kept.has(id))
      .reverse();
  }

  /** The revisions of a head's own that need none of its own. */
  roots(head: string, others: readonly string[]): readonly string[] {
    const own = this.own(head, others);
    const needs = (id: string): readonly string[] => [...this.script.get(id).down, ...this.graph.dependencies(id)];
    return own.filter((id) => !needs(id).some((needed) => own.includes(needed)));
  }

  async tryOut(open: OpenReplay, order: readonly string[]): Promise<Trial> {
    const [head, ...others] = order as [string, ...string[]];
    let replay = await this.#base(open);
    const common = await replay.look();
    const alone = await failing(() => replay.up([head]));
    const trial = {
      order,
      common,
      first: undefined,
      ownFaults: [],
      goesBack: false,
      all: undefined,
      failure: undefined,
    };
    if (alone !== undefined) return { ...trial, failure: { ...alone, alone: true } };
    const first = await replay.look();
    const own = await failing(() => this.#revert(replay, head, []));
    const goesBack = own === undefined;
    const ownFaults = goesBack ? differences(common, await replay.look()) : [];
    const isClean = goesBack && ownFaults.length === 0 && (await failing(() => replay.up([head]))) === undefined;
    if (!isClean) {
      replay = await this.#base(open);
      await replay.up([head]);
    }
    const facts = { order, common, first, ownFaults, goesBack };
    for (const other of others) {
      const failure = await failing(() => replay.up([other]));
      if (failure !== undefined) return { ...facts, all: undefined, failure: { ...failure, alone: false } };
    }
    const all = await replay.look();
    if (!goesBack) return { ...facts, all, failure: own && { ...own, alone: true } };
    const under = await failing(() => this.#revert(replay, head, others));
    if (under !== undefined) return { ...facts, all, failure: { ...under, alone: false } };
    const rest = await replay.look();
    for (const [index, other] of others.entries()) {
      const failure = await failing(() => this.#revert(replay, other, others.slice(index + 1)));
      if (failure !== undefined) return { ...facts, all, others: rest, failure: { ...failure, alone: false } };
    }
    return { ...facts, all, others: rest, none: await replay.look(), failure: undefined };
  }

  async #base(open: OpenReplay): Promise<Replay> {
    const replay = await open(this.script);
    await replay.up(newest(this.graph, this.common));
    return replay;
  }

  async #revert(replay: Replay, head: string, staying: readonly string[]): Promise<void> {
    for (const id of this.own(head, staying)) await replay.down(id);
  }
}

async function failing(work: () => Promise<void>): Promise<Omit<Failure, "alone"> | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof MigrationFailed)) throw error;
    const { direction, revision, step, cause } = error;
    const at = step === undefined ? "" : ` at ${step}`;
    return { direction, text: `the ${direction} of ${revision} fails${at}: ${(cause as Error).message}` };
  }
}

/** What the trials of both orders say. */
class Judgement {
  readonly #branches: Branches;
  readonly #trials: readonly [Trial, Trial];

  constructor(branches: Branches, trials: readonly [Trial, Trial]) {
    this.#branches = branches;
    this.#trials = trials;
  }

  proof(): CommutingProof {
    const remarks = this.#trials.flatMap((trial) => this.#ownFaults(trial));
    return { collision: this.#collision(), remarks };
  }

  #ownFaults({ order, ownFaults, failure, goesBack, all }: Trial): readonly string[] {
    const [head] = order;
    if (!goesBack && all !== undefined) {
      return [`${head} does not go back whatever the others do, so that the way back was not tried: ${failure!.text}`];
    }
    if (ownFaults.length === 0) return [];
    const lines = linesOf(ownFaults).join("; ");
    return [`${head} does not take back what it does, whatever the others do (see hypertroq verify): ${lines}`];
  }

  #collision(): Collision | undefined {
    const [one, other] = this.#trials;
    const upwards = this.#trials.flatMap(({ order, failure, all }) =>
      all === undefined ? [this.#said(order, failure!)] : [],
    );
    if (upwards.length > 0) {
      const works = this.#trials.filter(({ all }) => all !== undefined).map(({ order }) => order);
      return this.#make(upwards, this.#both(), works);
    }
    const [, last] = [one.order, other.order].map((order) => order.join(", "));
    const words = {
      gone: `is there only after ${one.order.join(", then ")}`,
      come: `is there only after ${other.order.join(", then ")}`,
      changed: (was: string, is: string) => `is ${was} after ${one.order.join(", then ")}, and ${is} after ${last}`,
    };
    const unequal = linesOf(differences(one.all!, other.all!, words));
    if (unequal.length > 0)
      return this.#make(["What comes of them depends on the order:"], unequal, [one.order, other.order]);
    const backwards = this.#trials.map((trial) => this.#backwards(trial));
    if (backwards.every((problems) => problems.length === 0)) return undefined;
    // Where only the first one's way back under the others goes wrong, the others have to go before it.
    const works = this.#trials.flatMap(({ order }, index) => (backwards[1 - index]!.length === 0 ? [order] : []));
    return this.#make(backwards.flat(), this.#both(), works);
  }

  #said(order: readonly string[], { text, alone }: Failure): string {
    return alone ? `${order[0]}, also without the others: ${text}` : `${order.join(", then ")}: ${text}`;
  }

  /** What goes wrong on the way back, and not when the branch is alone. */
  #backwards({ order, common, others, none, failure, goesBack }: Trial): readonly string[] {
    if (!this.#trials.every((trial) => trial.goesBack)) return [];
    const [head, ...staying] = order;
    if (failure !== undefined && goesBack)
      return [`${head} reverted, while ${staying.join(", ")} stays: ${failure.text}`];
    const own = new Set(this.#trials.flatMap(({ ownFaults }) => ownFaults.map(({ line }) => line)));
    const left = (was: Snapshot, is: Snapshot): readonly string[] =>
      linesOf(differences(was, is)).filter((line) => !own.has(line));
    const other = this.#trials.find((trial) => trial.order !== order)!;
    const rest = staying.length === 1 && other.first !== undefined ? left(other.first, others!) : [];
    const lines = rest.length > 0 ? rest : left(common, none!);
    const when =
      rest.length > 0 ? `${head} reverted, while ${staying.join(", ")} stays` : `All reverted, ${head} first`;
    return lines.map((line) => `${when}: ${line}`);
  }

  /** The objects that two branches change, or of which one changes a part of what the other changes. */
  #both(): readonly string[] {
    const [one, other] = this.#trials.map(({ common, first }) => {
      const changes = first === undefined ? [] : differences(common, first);
      const keys = new Set(changes.map(({ key }) => key));
      return { keys, touched: new Set([...keys, ...changes.flatMap(({ within }) => within ?? [])]) };
    });
    const both = [...one!.keys, ...other!.keys].filter((key) => one!.touched.has(key) && other!.touched.has(key));
    return [...new Set(both)];
  }

  #make(problems: readonly string[], objects: readonly string[], works: readonly (readonly string[])[]): Collision {
    const { heads } = this.#branches;
    return { heads, problems, objects, works, advice: this.#advice(works) };
  }

  #advice(works: readonly (readonly string[])[]): readonly string[] {
    const [order] = works;
    if (order === undefined) return ["It goes wrong in every order: change what one of them does."];
    const said = works.map((one) => one.join(", then ")).join("; or ");
    const files = order.slice(1).flatMap((head, index) => {
      const before = order.slice(0, index + 1);
      return this.#branches
        .roots(head, before)
        .map(
          (id) => `export const dependsOn = ${JSON.stringify(order[index])}; in ${this.#branches.script.get(id).file}`,
        );
    });
    const first = order.slice(0, -1).join(", ");
    return [
      `${works.length > 1 ? "Choose one of these orders" : "This order works"}: ${said}.`,
      `To have ${first} applied first everywhere, write ${files.join(" and ")}, and merge again.`,
    ];
  }
}
