import { fileURLToPath } from "node:url";

/** The repository: places in the code are named from there on. */
const ROOT = new URL("../../../../", import.meta.url);
const ROOT_PATH = fileURLToPath(ROOT);

/** A stack's frames without what is the same in all of them: `listUsers (apps/backend/src/routes/users.ts:42:18)`. */
export function frames(stack: readonly string[]): readonly string[] {
  return stack.map((line) =>
    line
      .trim()
      .replace(/^at (async )?/, "")
      .replaceAll(ROOT.href, "")
      .replaceAll(ROOT_PATH, ""),
  );
}

/** The innermost of them; undefined when nobody waited for it. */
export function place(stack: readonly string[]): string | undefined {
  return frames(stack)[0];
}
