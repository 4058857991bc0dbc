import type { ReplicaState, ReplicaStatus } from "@hypertroq/database";
import { count, milliseconds } from "../format.ts";
import { type Html, html } from "../html.ts";
import { table, verdict } from "../parts.ts";
import type { Section } from "./section.ts";

/** Where reads go beside the primary, and where they do not, and why. */
export const replicas: Section = {
  id: "replicas",
  title: "Replicas",
  width: "whole",
  isShown: ({ replicas }) => replicas.length > 0,
  body: ({ replicas }) =>
    table(
      "Replicas",
      [
        { title: "Replica" },
        { title: "State" },
        { title: "Behind", isNumber: true },
        { title: "In use", isNumber: true },
        { title: "Idle", isNumber: true },
        { title: "Waiting", isNumber: true },
        { title: "Reads", isNumber: true },
        { title: "Gone on to the primary", isNumber: true },
      ],
      replicas.map((replica) => [
        html`<code>${replica.host}</code>`,
        stateHtml(replica),
        behind(replica),
        replica.pool.checkedOut,
        replica.pool.checkedIn,
        replica.pool.waiting,
        count(replica.reads),
        count(replica.fallbacks),
      ]),
    ),
};

/** Those that are no fault of anybody's have no mark. */
const WORDS: Readonly<Record<Exclude<ReplicaState, "down">, Html>> = {
  up: verdict(true, "serves reads"),
  lagging: verdict(false, "too far behind"),
  primary: html`takes writes: no replica now`,
  foreign: verdict(false, "a copy of another cluster"),
  unknown: html`not looked at yet`,
};

function stateHtml({ state, reason }: ReplicaStatus): Html {
  return state === "down" ? html`${verdict(false, "down")} <small>${reason ?? ""}</small>` : WORDS[state];
}

/** Of one that answers. Infinity: by more than is known of the primary. */
function behind({ state, lag }: ReplicaStatus): string {
  if (lag === undefined || state === "down") return "";
  return Number.isFinite(lag) ? milliseconds(lag * 1000) : "longer than known";
}
