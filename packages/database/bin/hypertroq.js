#!/usr/bin/env node
// npm links this file when the package is installed, which in this repository is before the build has made dist/.
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  console.error("hypertroq has not been built yet. Run: npm run build");
  process.exitCode = 1;
}
