import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import type { AlertChange } from "../../src/monitoring/alerts/alerts.ts";
import { Webhook } from "../../src/monitoring/alerts/webhook.ts";
import { isWebhookFrom } from "../../src/monitoring/index.ts";

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A receiver that answers with one status after another; undefined: it cuts the connection. */
async function receiver(statuses: (number | undefined)[]) {
  const received: Received[] = [];
  let atOnce = 0;
  let most = 0;
  const server = createServer((request, response) => {
    most = Math.max(most, ++atOnce);
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      atOnce -= 1;
      const status = statuses.length > 0 ? statuses.shift() : 204;
      if (status === undefined) request.socket.destroy();
      else response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/planted-token`, received, mostAtOnce: () => most };
}

function sender(url: string, more: { readonly attempts?: number } = {}) {
  const failures: object[] = [];
  const logger = { debug() {}, info() {}, warn() {}, error: (facts: object) => void failures.push(facts) };
  const webhook = new Webhook({ url, secret: "planted-secret", pause: 0.01, ...more }, logger);
  cleanups.push(() => webhook.close());
  return { webhook, failures };
}

function change(id: string): AlertChange {
  const texts = { title: "Title", meaning: "Meaning.", remedy: "Remedy." };
  const alert = { id, ...texts, unit: "count", severity: "critical", since: new Date(0), findings: [] } as const;
  return { kind: "fired", alert, at: new Date(1000) };
}

const ids = (received: readonly Received[]) => received.map(({ body }) => JSON.parse(body).alert.id);

it("posts changes one after another, signed", async () => {
  const { url, received, mostAtOnce } = await receiver([]);
  const { webhook } = sender(url);
  for (const id of ["a", "b", "c"]) webhook.send(change(id));
  await expect.poll(() => ids(received)).toEqual(["a", "b", "c"]);
  expect(mostAtOnce()).toBe(1);
  const { headers, body } = received[0]!;
  expect(JSON.parse(body)).toMatchObject({
    kind: "fired",
    at: "1970-01-01T00:00:01.000Z",
    alert: { severity: "critical" },
  });
  const signed = {
    timestamp: String(headers["x-hypertroq-timestamp"]),
    signature: String(headers["x-hypertroq-signature"]),
  };
  expect(isWebhookFrom("planted-secret", signed, body)).toBe(true);
  expect(isWebhookFrom("another", signed, body)).toBe(false);
  expect(isWebhookFrom("planted-secret", signed, `${body} `)).toBe(false);
  expect(isWebhookFrom("planted-secret", { ...signed, signature: "" }, body)).toBe(false);
  expect(isWebhookFrom("planted-secret", signed, body, -1)).toBe(false);
});

it("tries again while the receiver is not well, and keeps the order", async () => {
  const { url, received } = await receiver([500, undefined, 429, 200, 503]);
  const { webhook, failures } = sender(url);
  webhook.send(change("a"));
  webhook.send(change("b"));
  await expect.poll(() => ids(received)).toEqual(["a", "a", "a", "a", "b", "b"]);
  expect(failures).toEqual([]);
});

it("gives up what is refused for good, and what was tried often enough, and says why without the address", async () => {
  const { url, received } = await receiver([400, 302, 500, 500]);
  const { webhook, failures } = sender(url, { attempts: 2 });
  for (const id of ["refused", "moved", "down"]) webhook.send(change(id));
  await expect.poll(() => failures.length).toBe(2);
  await expect.poll(() => ids(received)).toEqual(["refused", "moved", "moved", "down", "down"]);
  expect(JSON.stringify(failures)).not.toContain("planted");
});

it("waits for nobody, and ends when it is told to", async () => {
  const { webhook, failures } = sender("http://127.0.0.1:1/planted");
  for (let n = 0; n < 300; n++) webhook.send(change(`${n}`));
  await webhook.close();
  expect(failures.length).toBeLessThan(2);
});
