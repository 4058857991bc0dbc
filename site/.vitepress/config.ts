import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { defineConfig } from "vitepress";
import { slugOf } from "../links.ts";
import { navigation } from "../navigation.ts";
import { addressOf, listPages, ROOT } from "../pages.ts";
import { createReference } from "../reference.ts";
import { readForSite, type Site, sourceAddress } from "./markdown.ts";

const pages = listPages();
const site: Site = { pages: new Set(pages), reference: createReference(pages), sources: new Set() };

/** The repository's Markdown as it is, and the reference that TypeDoc has written. */
export default defineConfig({
  lang: "en",
  title: "HypertroQ database",
  description: "PostgreSQL for TypeScript",
  head: [["link", { rel: "icon", href: "data:," }]],
  srcDir: "..",
  srcExclude: ["**/{dist,bundle,starter,test}/**", "**/.*/**", "site/*.md"],
  outDir: "dist",
  cacheDir: "node_modules/.cache/vitepress",
  rewrites: addressOf,
  metaChunk: true,
  markdown: {
    anchor: { slugify: slugOf },
    config: (md) => readForSite(md, site),
  },
  themeConfig: {
    nav: [
      { text: "Guides", link: "/models" },
      { text: "Errors", link: "/errors/" },
      { text: "Reference", link: "/reference/" },
    ],
    sidebar: navigation(pages),
    outline: [2, 3],
    search: { provider: "local" },
  },
  vite: {
    envDir: join(ROOT, "site"),
    publicDir: false,
    build: { chunkSizeWarningLimit: 8192 }, // what search looks in is one file
    plugins: [
      {
        name: "vue-of-the-site",
        enforce: "pre",
        // Pages lie outside of the folder in which Vue is installed; what renders them there does not.
        resolveId: (id, _, { ssr }) => (ssr && /^vue(\/|$)/.test(id) ? { id, external: true } : undefined),
      },
    ],
  },
  buildEnd: ({ outDir }) => {
    for (const path of site.sources) {
      const to = join(outDir, sourceAddress(path));
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(join(ROOT, path), to);
    }
  },
});
