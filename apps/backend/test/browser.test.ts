import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newUser, startTestApp, type TestApp } from "./support.ts";

/** Where Debian's package `chromium` puts it. */
const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const missing = !existsSync(CHROMIUM);
if (missing) console.warn(`No browser tests: ${CHROMIUM} is missing. Install the package chromium, or set CHROMIUM.`);

// In CI a missing browser is a failure: the tests run, and say that they cannot.
describe.skipIf(missing && !process.env["CI"])("in Chromium", () => {
  let test: TestApp;
  let url: string;
  let browser: Browser;
  beforeAll(async () => {
    test = await startTestApp();
    url = await test.app.listen({ host: "127.0.0.1", port: 0 });
    const args = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [...args, "--disable-component-update", "--disable-sync"],
    });
    for (let i = 0; i < 3; i++) await test.app.inject({ method: "POST", url: "/api/v1/users", payload: newUser() });
    await test.app.inject("/api/v1/users/not-a-uuid");
  });
  afterAll(async () => {
    await browser?.close();
    await test?.[Symbol.asyncDispose]();
  });

  /** Opens a page of ours and fails, at its end, on complaints of the browser and on requests to anybody else. */
  async function visit(path: string, look: (page: Page) => Promise<void>, options: BrowserContextOptions = {}) {
    const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
    page.on("response", (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(`${url}/`) && !request.url().startsWith("data:")) complaints.push(request.url());
    });
    await page.goto(`${url}${path}`);
    await look(page);
    // For the eye: HYPERTROQ_SCREENSHOTS names a directory.
    const directory = process.env["HYPERTROQ_SCREENSHOTS"];
    const { width } = page.viewportSize()!;
    const name = `${path.replace(/\W+/g, "-")}-${options.colorScheme ?? "light"}-${width}.png`;
    if (directory !== undefined) await page.screenshot({ path: join(directory, name), fullPage: true });
    await context.close();
    expect(complaints).toEqual([]);
  }

  const fitsWidth = async (page: Page) => {
    const { content, window } = (await page.evaluate(
      "({ content: document.documentElement.scrollWidth, window: innerWidth })",
    )) as { content: number; window: number };
    expect(content).toBeLessThanOrEqual(window);
  };
  const background = (page: Page) =>
    page.evaluate("getComputedStyle(document.body).backgroundColor") as Promise<string>;

  it("shows the dashboard, with headings, figures and a table that a screen reader can name", async () => {
    await visit("/ops?refresh=0", async (page) => {
      expect(await page.title()).toBe("HypertroQ operations");
      expect(await page.getByRole("heading", { level: 2 }).allTextContents()).toEqual([
        "Health",
        "Pool",
        "Revision",
        expect.stringMatching(/^Requests answered: \d+$/),
        "Database",
      ]);
      expect(await page.getByRole("region", { name: "Revision" }).textContent()).toContain("ddef93c02177");
      expect(await page.getByRole("region", { name: "Health" }).textContent()).toContain("✓ ready");
      expect(await page.getByRole("row").allTextContents()).toContainEqual(
        expect.stringMatching(/POST \/api\/v1\/users\s*201\s*3/),
      );
      await fitsWidth(page);
    });
  });

  it("follows the system's colours", async () => {
    const seen: string[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
      await visit("/ops?refresh=0", async (page) => void seen.push(await background(page)), { colorScheme });
    }
    expect(seen).toEqual(["rgb(244, 245, 247)", "rgb(18, 21, 26)"]);
  });

  it("fits a phone", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      await visit("/ops?refresh=0", fitsWidth, { colorScheme, viewport: { width: 360, height: 740 } });
    }
  });

  it("loads itself anew with new figures, and is paused from the keyboard", async () => {
    await visit("/ops?refresh=1", async (page) => {
      const total = async () => Number((await page.getByText(/^Requests answered/).textContent())!.split(": ")[1]);
      const before = await total();
      await test.app.inject({ method: "POST", url: "/api/v1/users", payload: newUser() });
      await expect.poll(total, { timeout: 10_000 }).toBeGreaterThan(before);
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.getByText("Paused.").waitFor();
      await page.keyboard.press("Tab");
      expect(await page.evaluate("document.activeElement.textContent")).toMatch(/^Load anew/);
    });
  });

  it("shows the API's description, opens an operation and sends a request from there", async () => {
    await visit("/docs/", async (page) => {
      expect(await page.title()).toBe("HypertroQ API");
      await page.getByText("Add a user").click();
      await page.getByText("List users").click();
      const operation = page.locator("#operations-users-listUsers");
      await operation.getByRole("button", { name: "Try it out" }).click();
      await operation.getByRole("button", { name: "Execute" }).click();
      await operation.locator(".live-responses-table").getByText("next_cursor").first().waitFor();
    });
  });
});
