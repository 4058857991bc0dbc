import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the packages are packed, once for all test files; see packed.ts. */
    tarballs: string;
  }
}

/** A directory for a run, gone after it. */
export default function setup(project: TestProject): () => void {
  const directory = mkdtempSync(join(tmpdir(), "hypertroq-tarballs-"));
  project.provide("tarballs", directory);
  return () => rmSync(directory, { recursive: true, force: true });
}
