import type { LockNode } from "@hypertroq/database/monitoring";
import { duration } from "../format.ts";
import { type Html, html } from "../html.ts";
import { known, sql, verdict } from "../parts.ts";
import type { Section } from "./section.ts";

/** Who waits for whose locks: below each session those that wait for it. */
export const locks: Section = {
  id: "locks",
  title: "Locks",
  width: "whole",
  body: ({ locks }) =>
    known(locks, (trees) => (trees.length === 0 ? verdict(true, "Nobody waits for a lock.") : treeHtml(trees))),
};

function treeHtml(nodes: readonly LockNode[]): Html {
  return html`<ul class="tree">${nodes.map(nodeHtml)}</ul>`;
}

function nodeHtml({
  pid,
  user,
  application,
  state,
  query,
  seconds,
  transactionSeconds,
  mode,
  relation,
  blocks,
}: LockNode): Html {
  const waits =
    mode === undefined
      ? html`<span class="blocks">waits for nobody</span>`
      : html`<span class="waits">waits ${duration(seconds ?? 0)} for ${mode}${relation === undefined ? "" : html` on <b>${relation}</b>`}</span>`;
  const open = transactionSeconds === undefined ? "" : `, transaction open ${duration(transactionSeconds)}`;
  return html`<li id="lock-${pid}"><div class="lock">
<p><b>${pid}</b> ${user ?? ""} ${application} <small>${state ?? ""}${open}</small></p>
<p>${waits}${blocks.length === 0 ? "" : html`, <span class="blocks">keeps ${blocks.length} waiting</span>`}</p>
<p>${sql(query)}</p></div>${blocks.length === 0 ? "" : treeHtml(blocks)}</li>`;
}
