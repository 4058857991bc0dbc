import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

let installed: Promise<string> | undefined;

/** The program of the newest Node that npm has, installed once for a test file, and gone with its process. */
export function newestNode(): Promise<string> {
  installed ??= installNode();
  return installed;
}

async function installNode(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "hypertroq-node-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, allowScripts: { node: true } }));
  await promisify(execFile)("npm", ["install", "node@latest"], { cwd: folder });
  return join(folder, "node_modules/node/bin/node");
}
