import { Words } from "../operations/words.ts";
import type { LockMode } from "./lock-mode.ts";
import { strongest } from "./lock-mode.ts";

/** Storage parameters whose change lets writers go on (src/backend/access/common/reloptions.c). */
const OPEN =
  /^(?:toast\.)?(?:autovacuum_\w+|log_autovacuum_min_duration|vacuum_\w+|fillfactor|toast_tuple_target|parallel_workers|deduplicate_items|n_distinct|n_distinct_inherited)$/;

/** The lock of SET (…) and RESET (…), given what stands after the opening parenthesis. */
export function parameterLock(text: string): LockMode {
  const modes = new Words(text).list().map((parameter): LockMode => {
    const name = /^[\w."]+/.exec(parameter.trim())?.[0].replaceAll('"', "") ?? "";
    return OPEN.test(name.toLowerCase()) ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE";
  });
  return strongest(modes) ?? "ACCESS EXCLUSIVE";
}
