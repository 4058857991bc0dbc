import fc from "fast-check";
import { expect, it } from "vitest";
import { MessageSplitter } from "../../src/connection/message-splitter.ts";

function message(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.write(type, 0, "latin1");
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

/** What a splitter hands on, in order; the driver's messages as one piece where they come one after another. */
function seen(chunks: readonly Buffer[]): string[] {
  const log: string[] = [];
  const add = (kind: string, bytes: Buffer): void => {
    const hex = bytes.toString("hex");
    if (kind === "others" && log.at(-1)?.startsWith("others ")) log[log.length - 1] += hex;
    else log.push(`${kind} ${hex}`);
  };
  const splitter = new MessageSplitter({
    row: (bytes, start, end) => add("row", bytes.subarray(start, end)),
    copyData: (bytes, start, end) => add("copy", bytes.subarray(start, end)),
    others: (bytes) => add("others", bytes),
  });
  for (const chunk of chunks) splitter.push(chunk);
  return log;
}

it("hands on the same messages however the stream is cut (property)", () => {
  const messages = fc.array(fc.tuple(fc.constantFrom("D", "d", "1", "2", "3", "C", "Z", "T"), fc.uint8Array()), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(messages, fc.array(fc.nat(60), { maxLength: 40 }), (parts, cuts) => {
      const bytes = Buffer.concat(parts.map(([type, body]) => message(type, Buffer.from(body))));
      const chunks: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) {
        chunks.push(bytes.subarray(at, at + cut));
        at = Math.min(bytes.length, at + cut);
      }
      chunks.push(bytes.subarray(at));
      expect(seen(chunks)).toEqual(seen([bytes]));
    }),
  );
});

it("keeps the order, drops what only says that a part was accepted, and gives the driver the rest whole", () => {
  const row = message("D", Buffer.from([0, 0]));
  const complete = message("C", Buffer.from("SELECT 1\0"));
  const ready = message("Z", Buffer.from("I"));
  const bytes = Buffer.concat([
    message("1", Buffer.alloc(0)),
    message("2", Buffer.alloc(0)),
    row,
    message("d", Buffer.from("x")),
    complete,
    ready,
    row,
  ]);
  expect(seen([bytes])).toEqual([
    "row 0000",
    "copy 78",
    `others ${complete.toString("hex")}${ready.toString("hex")}`,
    "row 0000",
  ]);
});
