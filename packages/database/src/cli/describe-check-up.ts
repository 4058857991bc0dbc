import type { CheckUp } from "../monitoring/check-up.ts";

/** What a look by the rules has found, in words; what is critical first, and with each what to do. */
export function* describeCheckUp({ alerts, fine, unknown }: CheckUp): Generator<string> {
  const found = alerts.length === 0 ? "nothing to tell" : `${alerts.length} to tell`;
  yield `Rules: ${alerts.length + fine.length} looked, ${found}.`;
  for (const { id, severity, title, meaning, remedy, findings } of alerts) {
    yield "";
    yield `${severity}: ${title} (${id})`;
    for (const { subject, detail } of findings) yield `  ${subject}: ${detail}`;
    yield `  ${meaning}`;
    yield `  ${remedy}`;
  }
  if (unknown.length > 0) yield "";
  for (const { id, reason } of unknown) yield `The rule ${id} could not look: ${reason}`;
}
