// Run by npm before it packs a package. Of dist/ only declarations are published, and of those only what an import of the
// package leads to: the rest is for this repository, or was left there by an earlier build.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
const reached = new Set(Object.values(exports).flatMap(({ types }) => (types ? [join(types)] : [])));
for (const file of reached) {
  for (const [, path] of readFileSync(file, "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)\.ts"/g)) {
    reached.add(join(file, "..", `${path}.d.ts`));
  }
}
const all = readdirSync("dist", { recursive: true }).filter((path) => path.endsWith(".d.ts"));
const needless = all.filter((path) => !reached.has(join("dist", path)));
writeFileSync("dist/.npmignore", needless.map((path) => `/${path}\n`).join(""));
