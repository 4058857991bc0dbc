import { randomBytes } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { inspect } from "node:util";

/** A word that is nowhere by chance; of letters and digits, so that no escaping changes it. */
const planted = (what: string): string => `planted${what}${randomBytes(5).toString("hex")}`;

/** What nobody is to see. */
export const SECRETS = {
  password: planted("password"),
  parameter: planted("parameter"),
  hidden: planted("hidden"),
  /** Stored in a row, so that the server tells it in an error's detail. */
  row: planted("row"),
  webhook: planted("webhook"),
  login: planted("login"),
};
/** What those who run the application may see, and its users may not. */
export const INTERNAL = { user: planted("user"), host: planted("host") };

/** Everything that was said, by where. */
export class Said {
  readonly #all = new Map<string, string[]>();

  add(where: string, ...what: readonly unknown[]): void {
    const texts = what.map((each) => (typeof each === "string" ? each : everythingOf(each)));
    this.#all.set(where, [...(this.#all.get(where) ?? []), ...texts]);
  }

  get places(): readonly string[] {
    return [...this.#all.keys()].sort();
  }

  text(where: string): string {
    return (this.#all.get(where) ?? []).join("\n");
  }

  /** `where: secret, in its line` for each secret that is somewhere. */
  leaks(secrets: Readonly<Record<string, string>>, places = this.places): readonly string[] {
    return places.flatMap((place) => {
      const lines = this.text(place).split("\n");
      return Object.entries(secrets).flatMap(([name, secret]) => {
        const line = lines.find((each) => each.toLowerCase().includes(secret.toLowerCase()));
        return line === undefined ? [] : [`${place}: ${name}, in ${line.trim().slice(0, 400)}`];
      });
    });
  }
}

/** As whoever logs it might: as text, as JSON, and looked into with all that can be looked into. */
function everythingOf(value: unknown): string {
  const json = (() => {
    try {
      return JSON.stringify(value);
    } catch {
      return "";
    }
  })();
  return `${String(value)}\n${json}\n${inspect(value, { depth: 12, showHidden: true, maxStringLength: null })}`;
}

/** Listens to the library's channels. Returns what ends it. */
export function hearChannels(said: Said): () => void {
  const names = ["statement", "round-trip", "transaction", "slow-query"].map((name) => `hypertroq:${name}`);
  const hear = (message: unknown, name: string | symbol): void => said.add(`channel ${String(name)}`, message);
  for (const name of names) subscribe(name, hear);
  return () => {
    for (const name of names) unsubscribe(name, hear);
  };
}

/** A receiver of alerts that is not well: what it is sent is kept, and answered with 500. */
export async function receiver(said: Said): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      said.add("webhook", body, JSON.stringify(request.headers));
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${SECRETS.webhook}`,
    [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

/** Names and contents of all files in a directory. */
export function filesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((entry) => [
    entry.name,
    ...(entry.isFile() ? [readFileSync(join(entry.parentPath, entry.name), "latin1")] : []),
  ]);
}
