import type { BackupEntry, GoodBackup } from "@hypertroq/database/backup";
import { ago, bytes, count, milliseconds } from "../format.ts";
import { type Html, html } from "../html.ts";
import { firstOf, known, nothing, verdict } from "../parts.ts";
import type { Section } from "./section.ts";

/** The newest good backup, its drill, and what else lies there. */
export const backups: Section = {
  id: "backups",
  title: "Backups",
  width: "third",
  body: ({ backups, backupsScheduled }) =>
    known(
      backups,
      (entries) => {
        const good = entries.filter((entry): entry is GoodBackup => entry.state === "good");
        const spoiled = entries.filter(({ state }) => state === "damaged");
        return html`${good[0] === undefined ? noneHtml(backupsScheduled) : newestHtml(good[0])}
${spoiled.length === 0 ? "" : html`<ul class="plain">${spoiled.map(damagedHtml)}</ul>`}
${good.length < 2 ? "" : firstOf(good.slice(1), 5, olderHtml)}
${good[0] !== undefined && !backupsScheduled ? nothing(html`None is made by the clock: <code>BACKUP_SCHEDULE</code> is not set.`) : ""}`;
      },
      "The directory of backups cannot be read.",
    ),
};

function noneHtml(isScheduled: boolean): Html {
  const how = isScheduled
    ? html`One is made when <code>BACKUP_SCHEDULE</code> says so, or now:`
    : html`Set <code>BACKUP_SCHEDULE</code>, to <code>0 3 * * *</code> for one, or make one now:`;
  // Where none is made by the clock no rule asks for one, and Alerts would say the opposite.
  const none = "There is no good backup.";
  return html`<p>${isScheduled ? verdict(false, none) : none}</p><p>${how} <code>npx hypertroq backup create</code>.</p>`;
}

function newestHtml({ name, manifest: { finishedAt, rows, bytes: size, encryption }, drill }: GoodBackup): Html {
  const proof =
    drill === undefined
      ? verdict(false, "never restored")
      : verdict(
          drill.ok,
          drill.ok ? `restored in ${milliseconds(drill.recoverySeconds * 1000)}` : drill.problems.join(" "),
        );
  return html`<dl>
<dt>Newest</dt><dd><time datetime="${finishedAt}">${ago(new Date(finishedAt))}</time></dd>
<dt>Drill</dt><dd>${proof}</dd>
${drill === undefined ? "" : html`<dt>Drilled</dt><dd>${ago(new Date(drill.at))}</dd>`}
<dt>Rows</dt><dd>${count(rows)}</dd>
<dt>Stored</dt><dd>${bytes(size)}</dd>
<dt>Encrypted</dt><dd>${encryption === undefined ? "no" : "yes"}</dd>
</dl><p class="nothing"><code>${name}</code></p>${
    drill === undefined ? nothing(html`Prove it: <code>npx hypertroq backup drill</code>.`) : ""
  }`;
}

function olderHtml(older: readonly GoodBackup[]): Html {
  return html`<h3>Older ones</h3><ul class="plain">${older.map(
    ({ name, manifest }) => html`<li><code>${name}</code> ${bytes(manifest.bytes)}</li>`,
  )}</ul>`;
}

function damagedHtml(entry: BackupEntry): Html {
  return html`<li>${verdict(false, "damaged:")} <code>${entry.name}</code> ${
    entry.state === "damaged" ? entry.problems.join(" ") : ""
  }</li>`;
}
