import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/** The page's style and scripts, as the browser gets them: what is written is what runs. */
const DIRECTORY = new URL("../../assets/ops/", import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};

export interface Asset {
  readonly type: string;
  readonly content: Buffer;
}

/** The files by their names, read once. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map(
  readdirSync(DIRECTORY)
    .sort()
    .flatMap((name) => {
      const type = TYPES[name.slice(name.lastIndexOf(".") + 1)];
      return type === undefined ? [] : [[name, { type, content: readFileSync(new URL(name, DIRECTORY)) }]];
    }),
);

/** The path below which they are. Other files have another path, so that a browser may keep what it has. */
export const ASSET_VERSION = [...ASSETS.values()]
  .reduce((hash, { content }) => hash.update(content), createHash("sha256"))
  .digest("hex")
  .slice(0, 16);
