#!/usr/bin/env node
// npm create hypertroq DIRECTORY: makes the directory, and has `hypertroq init` write the app into it.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

const USAGE = "Usage: npm create hypertroq DIRECTORY\n\nWrites an app into DIRECTORY, which must be new or empty.";

const [directory, ...others] = process.argv.slice(2);
if (directory === "--help" || directory === "-h") {
  console.log(USAGE);
  process.exit();
}
if (directory === undefined || directory.startsWith("-") || others.length > 0) {
  console.error(USAGE);
  process.exit(2);
}
const root = resolve(directory);
try {
  mkdirSync(root, { recursive: true });
  if (readdirSync(root).some((name) => name !== ".git")) {
    console.error(`error: ${root} is not empty. Nothing was written. Give the name of a new directory.`);
    process.exit(1);
  }
} catch (error) {
  console.error(`error: ${root} cannot be made or read (${error.code}).`);
  process.exit(1);
}
const library = createRequire(import.meta.url).resolve("@hypertroq/database/package.json");
const program = join(dirname(library), "bin/hypertroq.js");
console.log(`In ${directory}:`);
const { status } = spawnSync(process.execPath, [program, "init"], { cwd: root, stdio: "inherit" });
if (status === 0)
  console.error(`\nBut first: cd ${/^[\w./-]+$/.test(directory) ? directory : JSON.stringify(directory)}`);
process.exit(status ?? 1);
