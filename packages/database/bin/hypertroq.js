#!/usr/bin/env node
// npm links this file when the package is installed, which in this repository is before the build has made bundle/.
import { existsSync } from "node:fs";

// Where there is no navigator, as on Node 20, the driver asks for a Response to find out whether it runs on Cloudflare, and
// that loads all of fetch.
globalThis.navigator ??= { userAgent: `Node.js/${process.versions.node.split(".")[0]}` };

const main = new URL("../bundle/cli/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  console.error("hypertroq has not been built yet. Run: npm run build");
  process.exitCode = 1;
}
