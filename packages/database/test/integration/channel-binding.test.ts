import { EmbeddedPostgres } from "@hypertroq/embedded-postgres";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect } from "../../src/connection/connect.ts";
import { connectOptions } from "../../src/connection/options.ts";
import { read } from "./private-authority.ts";
import { type ManInTheMiddle, manInTheMiddle, passOnTo } from "./tls-man-in-the-middle.ts";
import { PASSWORD, startTlsServer, type TlsServer } from "./tls-server.ts";

let server: TlsServer;
let middle: ManInTheMiddle;

beforeAll(async () => {
  server = await startTlsServer();
  // As good a certificate as the server's own, so that no sslmode tells the two apart.
  middle = await manInTheMiddle(
    passOnTo(server.port),
    await read(await server.authority.issue("middle", "localhost", "IP:127.0.0.1")),
  );
});
afterAll(async () => {
  await middle[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function userAt(url: string): Promise<string> {
  const connection = await connect(connectOptions({ url, connectTimeout: 5 }));
  try {
    return (await connection.query("select current_user")).rows[0]![0] as string;
  } finally {
    await connection.close();
  }
}

const verified = (binding: string): string =>
  `sslmode=verify-full&sslrootcert=${encodeURIComponent(server.authority.certificate)}&channel_binding=${binding}`;

it.each(["disable", "prefer", "require"])(
  "%s lets a user in whose password is kept by scram-sha-256",
  async (binding) => {
    expect(await userAt(server.urlOf("scram", verified(binding)))).toBe("scram");
  },
);

it("is there by default, so that somebody in between with a certificate of the same authority gets nowhere", async () => {
  const through = (parameters: string): string =>
    server.urlOf("scram", parameters).replace(`:${server.port}/`, `:${middle.port}/`);
  expect(await userAt(through(verified("disable")))).toBe("scram"); // the way through works, and nobody notices
  for (const parameters of ["sslmode=require", verified("prefer"), verified("require")]) {
    await expect(userAt(through(parameters))).rejects.toMatchObject({ code: "CONNECTION_FAILED", sqlState: "28000" });
  }
});

it.each([
  ["asks for the password itself", "cleartext"],
  ["asks for nothing", "trusted"],
])("require refuses a server that %s, and prefer does not", async (_, user) => {
  expect(await userAt(server.urlOf(user, verified("prefer")))).toBe(user);
  await expect(userAt(server.urlOf(user, verified("require")))).rejects.toMatchObject({
    code: "CONNECTION_FAILED",
    isTransient: false,
    message: expect.stringContaining(
      "the server does not offer channel binding, which channel_binding=require asks for",
    ),
  });
});

it("require keeps the password from a server that asks for it", async () => {
  const said: Buffer[] = [];
  const identity = await read(await server.authority.issue("asking", "localhost"));
  await using asking = await manInTheMiddle((inside) => {
    inside.on("data", (bytes) => said.push(bytes));
    inside.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3])); // AuthenticationCleartextPassword
  }, identity);
  const url = server
    .urlOf("scram", "sslmode=require&channel_binding=require")
    .replace(`:${server.port}/`, `:${asking.port}/`);
  await expect(userAt(url)).rejects.toThrow(/does not offer channel binding/);
  expect(Buffer.concat(said).toString("latin1")).toContain("scram"); // the user's name has arrived
  expect(Buffer.concat(said).toString("latin1")).not.toContain(PASSWORD);
});

it("require needs TLS, of the settings and of the server", async () => {
  await expect(userAt(server.urlOf("scram", "sslmode=disable&channel_binding=require"))).rejects.toMatchObject({
    code: "SETTINGS_INVALID",
  });
  const plain = await EmbeddedPostgres.start();
  try {
    await expect(userAt(`${plain.url}?channel_binding=require`)).rejects.toThrow(/the server has no TLS/);
  } finally {
    await plain.stop({ mode: "immediate" });
  }
});
