import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

/** Where Debian's package `chromium` puts it. */
const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const missing = !existsSync(CHROMIUM);
if (missing) console.warn(`No browser tests: ${CHROMIUM} is missing. Install the package chromium, or set CHROMIUM.`);

/** In CI a missing browser is a failure: the tests run, and say that they cannot. */
export const withoutBrowser = missing && !process.env["CI"];

export async function launch(): Promise<Browser> {
  const args = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];
  return await chromium.launch({
    executablePath: CHROMIUM,
    args: [...args, "--disable-component-update", "--disable-sync"],
  });
}

export interface Visit {
  readonly browser: Browser;
  /** Of the application, without a path. */
  readonly origin: string;
}

/**
 * Opens a page of ours and fails, when it has been looked at, on complaints of the browser and on requests to anybody else.
 * What is done `afterwards` may make it complain.
 */
export async function visit(
  { browser, origin }: Visit,
  path: string,
  look: (page: Page) => Promise<void>,
  options: BrowserContextOptions = {},
  afterwards: (page: Page) => Promise<void> = async () => {},
): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => {
    // A stream that the page itself has ended.
    if (request.url() === `${origin}/ops/events` && request.failure()?.errorText === "net::ERR_ABORTED") return;
    complaints.push(`failed: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith("data:")) complaints.push(request.url());
  });
  try {
    await page.goto(`${origin}${path}`);
    await look(page);
    expect(complaints).toEqual([]);
    await afterwards(page);
  } finally {
    await context.close();
  }
}

/** For the eye: a picture of the whole page, where HYPERTROQ_SCREENSHOTS names a directory. */
export async function picture(page: Page, name: string): Promise<void> {
  const directory = process.env["HYPERTROQ_SCREENSHOTS"];
  if (directory !== undefined) await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true });
}

export async function expectFits(page: Page): Promise<void> {
  const { content, window } = (await page.evaluate(
    "({ content: document.documentElement.scrollWidth, window: innerWidth })",
  )) as { content: number; window: number };
  expect(content).toBeLessThanOrEqual(window);
}
