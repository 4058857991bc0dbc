import { type ConnectOptions, connect as openConnection } from "../../connection/connect.ts";
import type { Connection } from "../../connection/connection.ts";
import { ComparisonInterrupted } from "../errors.ts";
import { record } from "../operations/record.ts";
import { Migrator } from "../runner/migrator.ts";
import { withScratch } from "../scratch/scratch.ts";
import { bareSurroundings, readSurroundings } from "../scratch/surroundings.ts";
import { unlimited } from "../scratch/unlimited.ts";
import type { Revision } from "../script/revision.ts";
import type { RevisionGraph } from "../script/revision-graph.ts";
import type { ScriptDirectory } from "../script/script-directory.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";

/** A scratch database, empty at first, on which revisions are run for trial. */
export class Replay {
  readonly #script: ScriptDirectory;
  readonly #migrator: Migrator;
  readonly #connection: Connection;
  readonly #abort: { readonly signal?: AbortSignal };
  /** All that any revision destroys. */
  #losses: readonly string[] | undefined;

  constructor(script: ScriptDirectory, migrator: Migrator, connection: Connection, signal: AbortSignal | undefined) {
    this.#script = script;
    this.#migrator = migrator;
    this.#connection = connection;
    this.#abort = signal === undefined ? {} : { signal };
  }

  /** Applies revisions and what they need. What that destroys was made for trial. Throws what `Migrator.upgrade` throws. */
  async up(ids: readonly string[]): Promise<void> {
    const targets = newest(this.#script.graph, ids);
    if (targets.length === 0) return;
    this.#losses ??= this.#script.graph.order.flatMap((id) => lossesOf(this.#script.get(id)));
    await this.#migrator.upgrade(targets, { ...this.#abort, allowDrop: this.#losses });
  }

  /** Reverts one revision that no applied one needs. Throws what `Migrator.downgrade` throws. */
  async down(id: string): Promise<void> {
    const { graph } = this.#script;
    const { down } = this.#script.get(id);
    // Of several parents the newest: no other revision between it and this one is reverted with it.
    const parent = graph.order.findLast((one) => down.includes(one)) ?? "base";
    await this.#migrator.downgrade(`${id}@${parent}`, { ...this.#abort, expectOne: true });
  }

  look(): Promise<Snapshot> {
    return takeSnapshot(this.#connection, this.#abort.signal);
  }
}

/** Opens another scratch database for a script. */
export type OpenReplay = (script: ScriptDirectory) => Promise<Replay>;

/**
 * Runs `work` with scratch databases on the server of `connect`, which are dropped afterwards. They are as a new database
 * there would be: what the revisions need, they have to make.
 *
 * @throws {ScratchUnavailable} @throws {ComparisonInterrupted} @throws {ConnectionFailed}
 */
export async function withReplays<T>(
  connect: ConnectOptions,
  signal: AbortSignal | undefined,
  work: (open: OpenReplay) => Promise<T>,
): Promise<T> {
  const target = unlimited(connect);
  try {
    const live = await openConnection(target, signal);
    const surroundings = await readSurroundings(live).finally(() => live.close());
    return await withScratch(target, bareSurroundings(surroundings), (open) =>
      work(async (script) => {
        signal?.throwIfAborted();
        const connection = await open();
        const { rows } = await connection.query("select current_database()::text");
        const database = rows[0]![0] as string;
        const migrator = new Migrator({ connect: { ...target, database }, directory: "", script });
        return new Replay(script, migrator, connection, signal);
      }),
    );
  } catch (error) {
    throw signal?.aborted ? new ComparisonInterrupted() : error;
  }
}

/** Of these revisions those that no other of them needs. */
export function newest(graph: RevisionGraph, ids: readonly string[]): readonly string[] {
  const below = new Set(graph.applied(ids.flatMap((id) => [...graph.get(id)!.down, ...graph.dependencies(id)])));
  return ids.filter((id) => !below.has(id));
}

function lossesOf({ upgrade }: Revision): readonly string[] {
  try {
    return record(upgrade).flatMap(({ losses }) => losses.map(({ object }) => object));
  } catch {
    return []; // it says so itself when it is run
  }
}
