import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll } from "vitest";
import { ENVIRONMENT } from "./packed.ts";

let folder: string | undefined;
let installed: Promise<string> | undefined;
afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** The program of the newest Node that npm has: installed once for a test file, and gone after it. */
export function newestNode(): Promise<string> {
  installed ??= installNode();
  return installed;
}

async function installNode(): Promise<string> {
  folder = mkdtempSync(join(tmpdir(), "hypertroq-node-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, allowScripts: { node: true } }));
  await promisify(execFile)("npm", ["install", "node@latest"], { cwd: folder, env: ENVIRONMENT });
  return join(folder, "node_modules/node/bin/node");
}
