import { readFileSync } from "node:fs";

/** The library's entry points, as its package.json exports them, each by its source. */
const { exports } = JSON.parse(readFileSync(new URL("../packages/database/package.json", import.meta.url), "utf8"));
const sources = Object.values(exports)
  .flatMap(({ types }) => types ?? [])
  .map((types) => types.replace("./dist/", "../packages/database/src/").replace(/\.d\.ts$/, ".ts"));

/** @type {Partial<import("typedoc").TypeDocOptions & import("typedoc-plugin-markdown").PluginOptions>} */
export default {
  name: "Reference",
  entryPoints: sources,
  tsconfig: "../packages/database/tsconfig.json",
  out: "reference",
  plugin: ["typedoc-plugin-markdown"],
  router: "member",
  entryFileName: "README",
  excludeScopesInPaths: true,
  readme: "none",
  disableSources: true,
  skipErrorChecking: true, // the repository's own compiler does, which is newer
  excludeExternals: true,
  excludePrivate: true,
  excludeProtected: true,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  sanitizeComments: true,
  indexFormat: "table",
  interfacePropertiesFormat: "table",
  pageTitleTemplates: { index: "Reference", module: "{name}", member: "{name}" },
  // An export without a docstring, or with a link to nothing, is no reference.
  requiredToBeDocumented: ["Class", "Interface", "Function", "Variable", "TypeAlias"],
  validation: { notDocumented: true, invalidLink: true, notExported: false },
  treatWarningsAsErrors: true,
};
