import { addressOf, REFERENCE, titleOf } from "./pages.ts";

interface Group {
  readonly title: string;
  /** Pages, in order. */
  readonly pages: readonly string[];
  /** A folder whose pages are listed below the last one while one of them is read. */
  readonly folder?: string;
}

/** What a page is called here, where its heading says it otherwise. */
const TITLES: Readonly<Record<string, string>> = {
  "README.md": "What it is",
  "benchmarks/README.md": "Benchmarks",
  "apps/backend/README.md": "The backend",
};

const GROUPS: readonly Group[] = [
  {
    title: "Start",
    pages: [
      "README.md",
      "docs/start.md",
      "docs/coming-from-sqlalchemy.md",
      "docs/coming-from-others.md",
      "docs/troubleshooting.md",
      "examples/README.md",
    ],
  },
  {
    title: "Guides",
    pages: [
      "docs/models.md",
      "docs/queries.md",
      "docs/repository.md",
      "docs/connection.md",
      "docs/streaming.md",
      "docs/listening.md",
      "docs/seeding.md",
      "docs/testing.md",
    ],
  },
  {
    title: "Operations",
    pages: [
      "docs/handbook.md",
      "docs/monitoring.md",
      "docs/dashboard.md",
      "docs/backups.md",
      "docs/security.md",
      "docs/credentials.md",
      "docs/replicas.md",
      "docs/pgbouncer.md",
      "docs/managed-postgresql.md",
      "docs/citus.md",
      "docs/cockroachdb.md",
      "docs/yugabytedb.md",
    ],
  },
  { title: "Migrations", pages: ["docs/migrations.md", "docs/lint/README.md"], folder: "docs/lint/" },
  { title: "Errors", pages: ["docs/errors/README.md"], folder: "docs/errors/" },
  { title: "Reference", pages: [`${REFERENCE}/README.md`], folder: `${REFERENCE}/` },
  { title: "Comparisons", pages: ["docs/support-matrix.md", "benchmarks/README.md", "benchmarks/RESULTS.md"] },
  { title: "Decisions", pages: ["docs/principles.md", "docs/adr/README.md"], folder: "docs/adr/" },
  {
    title: "Contributing",
    pages: [
      "CONTRIBUTING.md",
      "CHANGELOG.md",
      "docs/versions.md",
      "docs/dependencies.md",
      "SECURITY.md",
      "packages/database/README.md",
      "packages/embedded-postgres/README.md",
      "packages/create-hypertroq/README.md",
      "apps/backend/README.md",
    ],
  },
];

interface Item {
  readonly text: string;
  readonly link?: string;
  readonly collapsed?: boolean;
  readonly items?: Item[];
}

/**
 * The navigation of the pages below each address. That of a folder lists its pages, of the reference its entry points; the
 * other folders are links, so that a page does not repeat hundreds of them.
 */
export function navigation(pages: readonly string[]): Record<string, Item[]> {
  const groups = withTheRest(pages);
  const all = (open?: string): Item[] =>
    groups.map(({ title, pages: listed, folder }) => ({
      text: title,
      collapsed: open !== undefined && folder !== open,
      items: [...listed, ...(folder !== undefined && folder === open ? below(pages, folder) : [])]
        .filter((page) => pages.includes(page))
        .map(itemOf),
    }));
  const folders = GROUPS.flatMap(({ folder }) => folder ?? []);
  return Object.fromEntries([...folders.map((folder) => [`/${addressOf(folder)}`, all(folder)]), ["/", all()]]);
}

/** The pages that no group and no folder has are named where most of them belong. */
function withTheRest(pages: readonly string[]): readonly Group[] {
  const named = new Set(GROUPS.flatMap(({ pages: listed }) => listed));
  const folders = GROUPS.flatMap(({ folder }) => folder ?? []);
  const rest = pages.filter((page) => !named.has(page) && !folders.some((folder) => page.startsWith(folder)));
  return GROUPS.map((group) => (group.title === "Guides" ? { ...group, pages: [...group.pages, ...rest] } : group));
}

function below(pages: readonly string[], folder: string): string[] {
  const isReference = folder === `${REFERENCE}/`;
  const first = `${folder}README.md`;
  return pages.filter(
    (page) => page.startsWith(folder) && page !== first && page.endsWith("/README.md") === isReference,
  );
}

function itemOf(page: string): Item {
  const link = `/${addressOf(page).replace(/(^|\/)index\.md$|\.md$/, "$1")}`;
  return { text: TITLES[page] ?? titleOf(page), link };
}
