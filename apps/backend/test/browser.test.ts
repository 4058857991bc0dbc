import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { getDb, type Session } from "@hypertroq/database";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FULL } from "../../../test/sample.ts";
import { expectFits, launch, picture, visit, withoutBrowser } from "./browser.ts";
import { branchedHistory } from "./ops-history.ts";
import { newUser, startTestApp, type TestApp } from "./support.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What an application has beside its users: references in chains, circles and to the same table, and many columns. */
const SHOP = `
  create table teams (id uuid primary key, name text not null, lead uuid references users (id));
  create table memberships (team_id uuid references teams, user_id uuid references users (id), since date, primary key (team_id, user_id));
  create table categories (id int primary key, parent int references categories, title varchar(80) not null);
  create table products (id bigint primary key, category int not null references categories, sku text unique, price numeric(12,2),
    a int, b int, c int, d int, e int, f int, g int, h int);
  create table orders (id uuid primary key, buyer uuid not null references users (id), placed timestamptz not null);
  create table order_lines (order_id uuid references orders, n int, product bigint not null references products, primary key (order_id, n));
  create table invoices (id uuid primary key, order_id uuid not null unique references orders);
  create table settings (name text primary key, value jsonb)`;

interface Box {
  getBoundingClientRect(): {
    readonly top: number;
    readonly left: number;
    readonly height: number;
    readonly width: number;
  };
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

describe.skipIf(withoutBrowser)("in Chromium", () => {
  let test: TestApp;
  let origin: string;
  let browser: Browser;
  let history: Awaited<ReturnType<typeof branchedHistory>>;
  beforeAll(async () => {
    [history, browser] = await Promise.all([branchedHistory(), launch()]);
    test = await startTestApp({
      migrations: history.path,
      options: { poolSize: 8, slowQueryMs: 100 },
      env: { DB_POOL_SIZE: "8", BACKUP_DIRECTORY: `${history.path}/backups` },
      monitoring: {
        sampleInterval: 0.25,
        alertInterval: 0.25,
        fireAfter: 1,
        clearAfter: 1,
        thresholds: { "idle-in-transaction": { warning: 0.5, critical: 3600 } },
      },
      routes: (app) => {
        app.get("/test/each", async () => {
          for (let i = 0; i < 12; i++) await getDb().sql`select count(*) from users where full_name = ${`${i}`}`;
          return {};
        });
        app.get("/test/slow", async () => {
          await getDb().sql`select count(*), pg_sleep(0.15) from users`;
          return {};
        });
      },
    });
    await test.database.query(SHOP);
    origin = await test.app.listen({ host: "127.0.0.1", port: 0 });
    test.monitor.start();
    for (let i = 0; i < 3; i++) await test.app.inject({ method: "POST", url: "/api/v1/users", payload: newUser() });
    for (const url of ["/api/v1/users/not-a-uuid", "/test/each", "/test/slow"]) await test.app.inject(url);
  });
  afterAll(async () => {
    await browser?.close();
    await test?.[Symbol.asyncDispose]();
    await history?.[Symbol.asyncDispose]();
  });

  const open = (
    path: string,
    look: (page: Page) => Promise<void>,
    options?: BrowserContextOptions,
    afterwards?: (page: Page) => Promise<void>,
  ) => visit({ browser, origin }, path, look, options, afterwards);

  it("shows headings, figures and tables that a screen reader can name, draws revisions and entities, also in words", async () => {
    await open("/ops", async (page) => {
      expect(await page.title()).toBe("HypertroQ operations");
      expect(await page.getByRole("heading", { level: 2 }).allTextContents()).toEqual([
        "Alerts",
        "Over time",
        "Locks",
        "Health",
        "Revisions",
        "Backups",
        "Sessions",
        "Slow statements",
        "Repeated statements (N+1)",
        "Tables",
        "Entities",
        "Top statements",
        "Requests",
      ]);
      const part = (name: string) => page.getByRole("region", { name, exact: true });
      await part("Health").getByText("✓ ready").waitFor();
      await part("Backups").getByText("There is no good backup.").waitFor();
      expect(await part("Tables").getByRole("row").allTextContents()).toContainEqual(expect.stringMatching(/users/));
      expect(await page.getByRole("row").allTextContents()).toContainEqual(
        expect.stringMatching(/POST \/api\/v1\/users\s*201\s*3/),
      );
      const slow = part("Slow statements").locator("details", { hasText: "pg_sleep(?)" });
      await slow.locator("summary").click();
      await slow.getByText("Aggregate").waitFor();
      await slow
        .getByText(/apps\/backend\/test\/browser\.test\.ts:\d+/)
        .first()
        .waitFor();
      const repeated = part("Repeated statements (N+1)").locator("details", { hasText: "full_name = $1" });
      expect(await repeated.locator("summary").textContent()).toMatch(/11 times.*browser\.test\.ts/s);

      const revisions = page.locator("#migrations");
      expect(await revisions.locator("svg.graph circle").count()).toBe(7);
      expect(await revisions.locator("svg.graph circle.current").count()).toBe(1);
      expect(await revisions.locator("svg.graph .edge").count()).toBe(8);
      expect(await revisions.locator("svg.graph .depends").count()).toBe(1);
      const rows = await revisions.getByRole("listitem").allTextContents();
      expect(rows[0]).toMatch(/66ff77008811.*current.*head.*An index for the largest table.*Follows 55ee66ff7700/s);
      expect(rows.join()).toMatch(/Depends on 11aa22bb33cc/);
      // Each dot is beside its row.
      const middles = async (selector: string): Promise<number[]> =>
        await revisions.locator(selector).evaluateAll((all) =>
          (all as unknown as Box[]).map((element) => {
            const { top, height } = element.getBoundingClientRect();
            return top + height / 2;
          }),
        );
      const dots = await middles("circle");
      const lines = await middles("li");
      for (const [i, line] of lines.entries()) expect(Math.abs(line - dots[i]!)).toBeLessThan(2);

      const entities = page.locator("#entities");
      await entities.locator("svg.entities").waitFor();
      expect(await entities.locator(".box").count()).toBe(11);
      expect(await entities.locator(".reference:not(.foot)").count()).toBe(9);
      // No box covers another one, and none is cut off.
      const boxes = await entities.locator(".box").evaluateAll((all) =>
        (all as unknown as Box[]).map((each) => {
          const { top, height, left, width } = each.getBoundingClientRect();
          return { top, left, bottom: top + height, right: left + width };
        }),
      );
      for (const [i, a] of boxes.entries()) {
        for (const b of boxes.slice(i + 1)) {
          expect(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top).toBe(true);
        }
      }
      // What is written stays within its box.
      for (const [text, box] of await entities.locator("g").evaluateAll(widths)) expect(text).toBeLessThan(box);
      await picture(page, "entities-1280");
      const scroll = entities.locator(".diagram");
      await scroll.focus();
      await page.setViewportSize({ width: 390, height: 844 });
      await page.keyboard.press("ArrowRight");
      await expect
        .poll(() => scroll.evaluate((each) => (each as unknown as { scrollLeft: number }).scrollLeft))
        .toBeGreaterThan(0);
      await entities.getByText("In words").click();
      expect(await entities.getByRole("listitem").allTextContents()).toContain(
        "order_lines: 3 columns; key order_id, n; order_id → orders; product → products",
      );
      await expectFits(page);
      await picture(page, "entities-390");
      if (FULL) expect(await violations(page)).toEqual([]);
    });
  });

  it("moves by itself, and shows who waits for whom and what is wrong as long as it is so", async () => {
    const load = startLoad(test);
    await open("/ops", async (page) => {
      await page.getByText("Live", { exact: true }).waitFor();
      const points = async (chart: string): Promise<number> =>
        ((await page.locator(`${chart} path[data-name]`).first().getAttribute("d")) ?? "").split(/[ML]/).length - 1;
      const before = await points("#chart-throughput");
      await expect.poll(() => points("#chart-throughput"), { timeout: 20_000 }).toBeGreaterThan(before + 2);
      for (const id of ["#chart-pool", "#chart-latency"]) expect(await points(id)).toBeGreaterThan(2);

      await load.stop();
      const locks = page.locator("#locks");
      const alert = page.locator("#alert-idle-in-transaction");
      await locks.getByText("Nobody waits for a lock.").waitFor();
      const blocked = await block(test);
      // Inside the one who blocks is the one who waits.
      await locks.locator("li li", { hasText: /waits \d+ s for .*Lock/ }).waitFor();
      await locks.getByText("keeps 1 waiting").waitFor();
      await alert.getByText("! warning").waitFor();
      await alert.getByText(/What to do:/).waitFor();

      await page.locator("#slow summary").first().click();
      const background = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
      for (const [colorScheme, colour] of [
        ["light", "rgb(244, 245, 247)"],
        ["dark", "rgb(18, 21, 26)"],
      ] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await background()).toBe(colour);
        await picture(page, `ops-1280-${colorScheme}`);
        if (FULL || colorScheme === "light") expect(await violations(page)).toEqual([]);
      }
      for (const width of [390, 320]) {
        await page.setViewportSize({ width, height: 844 });
        await picture(page, `ops-${width}-dark`);
        await expectFits(page);
        if (width === 390) expect(await violations(page)).toEqual([]);
      }
      // What was unfolded has stayed so, although everything around it has changed.
      expect(await page.locator("#slow details[open]").count()).toBe(1);

      await blocked.end();
      await locks.getByText("Nobody waits for a lock.").waitFor();
      await alert.waitFor({ state: "detached" });
    });
  });

  it("is used with the keyboard alone: skipped through, paused, unfolded, its charts read; connects again when cut off", async () => {
    const isUsed = async (page: Page): Promise<void> => {
      await page.getByText("Live", { exact: true }).waitFor();
      const focused = (what: string) => page.evaluate(`document.activeElement.${what}`);
      await page.keyboard.press("Tab");
      expect(await focused("textContent")).toBe("Skip to the figures");
      expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.getByText("Paused", { exact: true }).waitFor();
      const uptime = page.locator("#requests-total");
      const still = await uptime.textContent();
      await test.app.inject("/test/each");
      expect(await uptime.textContent()).toBe(still);
      await page.keyboard.press("Enter");
      await expect
        .poll(async () => {
          await test.app.inject("/test/each");
          return await uptime.textContent();
        })
        .not.toBe(still);
      await page.keyboard.press("Shift+Tab");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      expect(await focused("ariaLabel")).toMatch(/^Pool, last \d min: in use \d/);
      await page.keyboard.press("ArrowLeft");
      await page.getByText(/^\d+ s ago: in use \d, idle \d, waiting \d$/).waitFor();
      // It stays where it is while the lines move.
      const throughput = () => page.locator("#chart-throughput .legend").textContent();
      const before = await throughput();
      await expect
        .poll(async () => {
          await test.app.inject("/test/each");
          return await throughput();
        })
        .not.toBe(before);
      expect(await focused("ariaLabel")).toMatch(/^Pool/);
      await page.keyboard.press("Escape");
      expect(await page.locator("#chart-pool .readout").textContent()).toBe("");
    };
    const isCutOff = async (page: Page): Promise<void> => {
      await page.getByText("Live", { exact: true }).waitFor();
      await page.context().setOffline(true);
      test.app.server.closeAllConnections();
      await page.getByText("Not connected; trying again").waitFor();
      await page.context().setOffline(false);
      await page.getByText("Live", { exact: true }).waitFor();
    };
    await open("/ops", isUsed, {}, isCutOff);
  });

  it("is a page of its own without scripts, which loads itself anew", async () => {
    await open(
      "/ops?refresh=2",
      async (page) => {
        const hint = page.locator("noscript p");
        expect(await hint.textContent()).toMatch(/Loads anew every 2 s\./);
        expect(await hint.isVisible()).toBe(true);
        expect(await page.locator("#chart-pool path[data-name]").first().getAttribute("d")).toMatch(/^M/);
        const total = () => page.locator("#requests-total").textContent();
        const before = await total();
        await expect.poll(total, { timeout: 20_000 }).not.toBe(before);
        await page.locator("noscript a").click();
        await expect.poll(() => hint.textContent()).toMatch(/Paused\./);
      },
      { javaScriptEnabled: false },
    );
  });

  it("shows the API's description, opens an operation and sends a request from there", async () => {
    await open("/docs/", async (page) => {
      expect(await page.title()).toBe("HypertroQ API");
      await page.getByText("Add a user").waitFor();
      await page.getByText("List users").click();
      const operation = page.locator("#operations-users-listUsers");
      await operation.getByRole("button", { name: "Try it out" }).click();
      await operation.getByRole("button", { name: "Execute" }).click();
      await operation.locator(".live-responses-table").getByText("next_cursor").first().waitFor();
    });
  });
});

/** Of each table: the width of the widest of its lines, with what is between name and type, and of its box. */
function widths(all: readonly unknown[]): [number, number][] {
  type Shape = { getBBox(): { x: number; y: number; width: number }; querySelectorAll(what: string): Iterable<Shape> };
  return (all as Shape[]).map((group) => {
    const lines = new Map<number, number>();
    for (const text of group.querySelectorAll("text")) {
      const { y, width } = text.getBBox();
      lines.set(Math.round(y), (lines.get(Math.round(y)) ?? 8) + width + 8);
    }
    const [box] = group.querySelectorAll(".box");
    return [Math.max(...lines.values()), box!.getBBox().width];
  });
}

/** What axe-core finds on a page that keeps somebody from using it. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const found = (await page.evaluate("axe.run().then(({ violations }) => violations)")) as readonly Violation[];
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

/** A session that waits for one that does nothing more. */
async function block({ manager }: TestApp): Promise<{ end: () => Promise<void> }> {
  const update = (db: Session) =>
    db.sql`update users set full_name = 'Somebody' where email = (select min(email) from users)`;
  let end = (): void => {};
  let waiter: Promise<unknown> = Promise.resolve();
  const blocker = manager.session(async (db) => {
    await update(db);
    waiter = manager.session(update);
    await new Promise<void>((resolve) => {
      end = resolve;
    });
  });
  // When a test fails before it ends them, the server does.
  for (const each of [blocker, waiter]) each.catch(() => {});
  await expect.poll(() => manager.pool.status().checkedOut).toBeGreaterThan(1);
  return {
    end: async () => {
      end();
      await Promise.all([blocker, waiter]);
    },
  };
}

/** Asks for users again and again, as several clients would. */
function startLoad({ app }: TestApp): { stop: () => Promise<void> } {
  let on = true;
  const client = async (): Promise<void> => {
    while (on) {
      await app.inject("/api/v1/users?limit=50");
      await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 60));
    }
  };
  const clients = Array.from({ length: 4 }, client);
  return {
    stop: async () => {
      on = false;
      await Promise.all(clients);
    },
  };
}
