import { call, isSame } from "../call.ts";
import { accessChanges, accessOf, commentChanges, type Subject } from "./access.ts";
import type { KindOf } from "./kind.ts";

const subject = (name: string): Subject => ({ kind: "schema", name: [name] });

export const SCHEMA: KindOf<"schema"> = {
  create: ({ item }, to) => [call("createSchema", item.name), ...accessOf(subject(item.name), item, to)],
  drop: ({ item }) => [call("dropSchema", item.name, { was: {} })],
  // What a database is created with is the schema's own from the beginning.
  alter: ({ item: from }, { item: to }) =>
    to.name === "public" && isSame(from.privileges, to.privileges)
      ? {}
      : { change: accessChanges(subject(to.name), from, to) },
};

/** Versions are not compared: which one a new database gets is a matter of the server. */
export const EXTENSION: KindOf<"extension"> = {
  create: ({ item: { name, schema, comment } }, to) => [
    call("createExtension", name, ...(schema === to.catalog.defaultSchema ? [] : [{ schema }])),
    ...(comment === undefined ? [] : [call("comment", "extension", [name], comment)]),
  ],
  drop: ({ item: { name } }) => [call("dropExtension", name)],
  alter: ({ item: from }, { item: to }) => ({
    change: [
      ...(from.schema === to.schema
        ? []
        : [call("alterExtension", to.name, { schema: to.schema, was: { schema: from.schema } })]),
      ...commentChanges("extension", [to.name], from.comment, to.comment),
    ],
  }),
};
