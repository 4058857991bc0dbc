import { DefinitionError } from "../errors.ts";
import { CopyWriter } from "./copy-writer.ts";
import { assertText } from "./parameters.ts";

/** Pieces of a COPY's data, cut anywhere. */
export type CopyBytes = Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>;

/** The pieces as CopyData messages of 64 KB. @throws {DefinitionError} when a piece is neither bytes nor text. */
export async function* copyBytes(pieces: CopyBytes): AsyncGenerator<Buffer, void, undefined> {
  const writer = new CopyWriter();
  for await (const piece of pieces) {
    const bytes = bytesOf(piece);
    for (let at = 0; at < bytes.length; ) {
      at = writer.bytes(bytes, at);
      if (writer.isFull) yield writer.take();
    }
  }
  if (!writer.isEmpty) yield writer.take();
}

function bytesOf(piece: Uint8Array | string): Uint8Array {
  if (piece instanceof Uint8Array) return piece;
  try {
    if (typeof piece !== "string") throw new TypeError("it is neither a Buffer nor text.");
    assertText(piece);
  } catch (error) {
    throw new DefinitionError(`A piece of the data to copy cannot be sent: ${(error as Error).message}`);
  }
  return Buffer.from(piece);
}
