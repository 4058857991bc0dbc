import type { Key } from "../catalog/catalog.ts";
import type { Action } from "./actions.ts";
import type { Call } from "./call.ts";

export interface Ordered {
  readonly actions: readonly Action[];
  /** Tables whose parts wait for each other in a circle, which is broken by doing some of them by themselves. */
  readonly circles: ReadonlySet<Key>;
}

/** Methods by when they come, as far as nothing else decides: what refers goes before what it refers to, and comes after. */
const TURNS: readonly (readonly Call["method"][])[] = [
  ["dropTrigger", "dropPolicy", "dropView", "dropMaterializedView", "dropStatistics"],
  ["dropConstraint"],
  ["dropIndex"],
  ["detachPartition", "removeParent"],
  ["dropTable"],
  ["createSchema", "createExtension", "alterExtension"],
  [
    "createEnum",
    "addEnumValue",
    "createDomain",
    "alterDomain",
    "addDomainCheck",
    "createCompositeType",
    "createRangeType",
  ],
  ["addAttribute", "dropAttribute", "alterAttribute", "dropDomainCheck", "validateDomainCheck"],
  ["createSequence"],
  ["dropColumn"],
  ["replaceEnum"],
  ["createTable"],
  ["alterColumn"],
  ["addColumn"],
  ["alterTable", "alterSequence", "rename", "renameIndex"],
  [
    "createPrimaryKey",
    "createUniqueConstraint",
    "createCheckConstraint",
    "createExclusionConstraint",
    "validateConstraint",
  ],
  ["createIndex", "alterIndex"],
  ["attachPartition", "addParent"],
  ["createForeignKey"],
  ["createFunction", "createProcedure", "replaceFunction", "replaceProcedure"],
  ["createView", "createMaterializedView", "replaceView", "refreshMaterializedView"],
  ["createTrigger", "enableTrigger", "disableTrigger", "enableRowSecurity", "createPolicy", "alterPolicy"],
  ["createStatistics", "alterStatistics"],
  ["comment", "setOwner", "revoke", "grant", "sql"],
  ["disableRowSecurity"],
  ["dropFunction", "dropProcedure"],
  ["dropSequence"],
  ["dropRangeType", "dropCompositeType", "dropDomain", "dropEnum"],
  ["dropExtension", "dropSchema"],
];

const TURN = new Map(TURNS.flatMap((methods, turn) => methods.map((method) => [method, turn] as const)));

function turnOf({ calls: [first] }: Action): number {
  if (first === undefined) return TURNS.length;
  const turn = TURN.get(first.method) ?? TURNS.length;
  if (first.method === "dropConstraint") {
    const was = first.arguments[2]?.was;
    return was !== undefined && "foreignKey" in was ? turn - 0.5 : turn;
  }
  return turn;
}

/** Puts the actions in an order in which each finds what it needs, otherwise by their turns and as they are given. */
export function order(actions: readonly Action[]): Ordered {
  const sorted = [...actions].sort((one, other) => turnOf(one) - turnOf(other));
  const before = predecessors(sorted);
  const circles = new Set<Key>();
  const done = new Set<Action>();
  const path: Action[] = [];
  const ordered: Action[] = [];
  const visit = (action: Action): void => {
    if (done.has(action)) return;
    path.push(action);
    for (const { action: other, isGuess } of before.get(action) ?? []) {
      if (isGuess && comesAfter(other, action, before)) continue;
      const start = path.indexOf(other);
      if (start === -1) visit(other);
      else if (!isGuess) for (const { bundle } of path.slice(start)) if (bundle !== undefined) circles.add(bundle);
    }
    path.pop();
    done.add(action);
    ordered.push(action);
  };
  for (const action of sorted) visit(action);
  return { actions: ordered, circles };
}

/** Whether one action has to wait for another, by what is no guess. */
function comesAfter(
  action: Action,
  other: Action,
  before: ReadonlyMap<Action, readonly Predecessor[]>,
  seen = new Set<Action>(),
): boolean {
  if (action === other) return true;
  if (seen.has(action)) return false;
  seen.add(action);
  return (before.get(action) ?? []).some((one) => !one.isGuess && comesAfter(one.action, other, before, seen));
}

interface Predecessor {
  readonly action: Action;
  /** It may be that nothing comes of it if the order is another one. */
  readonly isGuess: boolean;
}

/** For each action those that have to be done before it. */
function predecessors(actions: readonly Action[]): ReadonlyMap<Action, readonly Predecessor[]> {
  const before = new Map<Action, Predecessor[]>();
  const add = (first: Action | undefined, second: Action | undefined, isGuess = false): void => {
    if (first === undefined || second === undefined || first === second) return;
    const list = before.get(second);
    if (list === undefined) before.set(second, [{ action: first, isGuess }]);
    else list.push({ action: first, isGuess });
  };
  const index = <Item>(of: (action: Action) => readonly Item[]): ReadonlyMap<Item, readonly Action[]> => {
    const map = new Map<Item, Action[]>();
    for (const action of actions) {
      for (const item of of(action)) {
        const known = map.get(item);
        if (known === undefined) map.set(item, [action]);
        else known.push(action);
      }
    }
    return map;
  };
  const removers = index(({ removes }) => removes);
  const creators = index(({ creates }) => creates);
  const changers = index(({ alters }) => alters);
  const freeing = index(({ frees }) => frees);
  for (const action of actions) {
    const after = new Set([...action.needs, ...action.creates]);
    for (const key of action.leaves) {
      for (const remover of removers.get(key) ?? []) add(action, remover);
      if (!after.has(key)) for (const changer of changers.get(key) ?? []) add(action, changer);
    }
    for (const key of action.needs) {
      for (const creator of creators.get(key) ?? []) add(creator, action);
      for (const changer of changers.get(key) ?? []) if (!action.alters.includes(key)) add(changer, action);
    }
    for (const key of [...action.after, ...action.creates])
      for (const remover of removers.get(key) ?? []) add(remover, action);
    for (const slot of action.takes) for (const other of freeing.get(slot) ?? []) add(other, action);
    for (const key of action.mayNeed) {
      for (const creator of [...(creators.get(key) ?? []), ...(changers.get(key) ?? [])]) add(creator, action, true);
    }
    // What lets go comes before what takes hold of the same object.
    if (action.alters.length > 0 && action.leaves.length === 0) {
      for (const other of changers.get(action.alters[0]!) ?? []) if (other.leaves.length > 0) add(other, action);
    }
  }
  return before;
}
