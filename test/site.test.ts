import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectFits, launch, picture, visit, withoutBrowser } from "../apps/backend/test/browser.ts";
import { navigation } from "../site/navigation.ts";
import { addressOf, listPages, ROOT } from "../site/pages.ts";
import { FULL } from "./sample.ts";

const DIST = join(ROOT, "site/dist");

test("every page has an address of its own and a place in the navigation", () => {
  const pages = listPages().filter((page) => !page.startsWith("site/"));
  // Some file systems know no upper case.
  expect(new Set(pages.map((page) => addressOf(page).toLowerCase())).size).toBe(pages.length);
  const linked = JSON.stringify(navigation(pages));
  const places = pages.map((page) => `"/${addressOf(page).replace(/(^|\/)index\.md$|\.md$/, "$1")}"`);
  expect(places.filter((place) => !linked.includes(place))).toEqual([]);
});

const KINDS: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".png": "image/png",
};

/** What any server of files does. */
function serve(): Promise<Server> {
  const server = createServer(({ url = "/" }, response) => {
    const path = decodeURI(new URL(url, "http://localhost").pathname).replace(/\/$/, "/index.html");
    const file = join(DIST, path);
    if (existsSync(file)) {
      response.writeHead(200, { "content-type": KINDS[extname(file)] ?? "text/plain" }).end(readFileSync(file));
    } else {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

// It is installed apart, and built from what is installed here.
if (FULL) {
  describe.skipIf(withoutBrowser)("the site", () => {
    let server: Server;
    let browser: Browser;
    let origin: string;
    const at = (path: string, look: Parameters<typeof visit>[2], options?: Parameters<typeof visit>[3]) =>
      visit({ browser, origin }, path, look, options);

    beforeAll(async () => {
      execFileSync("npm", ["ci", "--prefix", "site"], { cwd: ROOT, stdio: "ignore" });
      execFileSync("npm", ["run", "site"], { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
      [server, browser] = await Promise.all([serve(), launch()]);
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }, 600_000);
    afterAll(async () => {
      await browser?.close();
      server?.close();
    });

    test("the README is its first page, and leads on", async () => {
      await at("/", async (page) => {
        expect(await page.textContent("h1")).toContain("HypertroQ's database layer");
        await picture(page, "site-home");
        await page.click("main a:text-is('queries')");
        await page.waitForURL("**/queries.html");
        expect(await page.textContent("h1")).toContain("Queries");
      });
    });

    test("a guide leads to the errors and exports that it names, and the reference back to it", async () => {
      await at("/connection.html", async (page) => {
        await picture(page, "site-guide");
        await page.click("main a:has(code:text-is('COMMIT_OUTCOME_UNKNOWN'))");
        await page.waitForURL("**/errors/COMMIT_OUTCOME_UNKNOWN.html");
        await picture(page, "site-error");
        expect(await page.textContent("main")).toContain("manager.resolveCommit(error)");
        await page.click("main a:has(code:text-is('errors.CommitOutcomeUnknown'))");
        await page.waitForURL("**/CommitOutcomeUnknown.html");
      });
      await at("/models.html", async (page) => {
        await page.click("main a:has(code:text-is('defineSchema'))");
        await page.waitForURL("**/reference/**/defineSchema.html");
        await picture(page, "site-reference");
        await page.click("main a:text-is('Models')");
        await page.waitForURL("**/models.html");
      });
    });

    test("its search finds a page by a word of it", async () => {
      await at("/", async (page) => {
        await page.click(".VPNavBarSearch button");
        await page.fill("#localsearch-input", "longestHolder");
        await page.click(".VPLocalSearchBox .result:has-text('POOL_TIMEOUT')");
        await page.waitForURL("**/errors/POOL_TIMEOUT.html*");
      });
    });

    test("it fits a phone", async () => {
      const viewport = { width: 390, height: 844 };
      for (const path of ["/", "/migrations.html", "/errors/", "/reference/"]) {
        await at(
          path,
          async (page) => {
            await expectFits(page);
            await picture(page, `site-phone${path.replaceAll("/", "-")}`);
          },
          { viewport },
        );
      }
    });
  });
}
