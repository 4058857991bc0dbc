// Writes what Node runs of each package, `bundle/`, as few files: Node takes longer to find and open a file than to compile
// it. Types stay as the compiler writes them, in `dist/`. Why: docs/adr/013-startup.md.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { rolldown } from "rolldown";

process.chdir(import.meta.dirname);
await bundle("packages/database", [
  "index",
  "migrations/index",
  "testing/index",
  "seeding/index",
  "roles/index",
  "monitoring/index",
  "backup/index",
  "adapters/fastify",
  "adapters/opentelemetry",
  "cli/main",
]);
await bundle("packages/embedded-postgres", ["index"]);

async function bundle(folder, entries) {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  // TypeBox is the one library that is taken in: 700 files, of which a tenth is used.
  const outside = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => name !== "typebox");
  const made = await rolldown({
    input: Object.fromEntries(entries.map((entry) => [entry, `${folder}/src/${entry}.ts`])),
    platform: "node",
    external: (id) => outside.some((name) => id === name || id.startsWith(`${name}/`)),
  });
  const { output } = await made.write({
    dir: `${folder}/bundle`,
    chunkFileNames: "chunks/[name].js",
    minify: "dce-only",
    comments: { jsdoc: false }, // they stand in the declarations
    // What is needed together, as one file each; what several of them need lies in the first.
    codeSplitting: {
      groups: [
        { name: "base", test: /packages\/database\/src\/((?!index)[^/]+|config\/environment)\.ts$/ },
        { name: "connection", test: /packages\/database\/src\/connection\/(connect|options)\.ts/ },
        { name: "script", test: /packages\/database\/src\/migrations\/script\/script-directory\.ts/ },
        { name: "migrator", test: /packages\/database\/src\/migrations\/runner\/migrator\.ts/ },
        { name: "operations", test: /packages\/database\/src\/migrations\/operations\// },
        { name: "sessions", test: /packages\/database\/src\/session\/(?!abortable)/ },
        { name: "commands", test: /packages\/database\/src\/(cli\/(?!main|commands\/)|config\/load-config)/ },
      ],
    },
    postBanner: ({ moduleIds }) => (moduleIds.some((id) => id.includes("/typebox/")) ? license() : ""),
  });
  await made.close();
  // What an earlier build has left would be published.
  const written = new Set(output.map(({ fileName }) => fileName));
  for (const entry of readdirSync(`${folder}/bundle`, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !written.has(relative(`${folder}/bundle`, path))) rmSync(path);
  }
}

function license() {
  return `/*! ${readFileSync("node_modules/typebox/license", "utf8").trim()} */`;
}
