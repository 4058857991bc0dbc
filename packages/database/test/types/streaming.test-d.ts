/** Compiled with the rest; a wrong type here is a failing build. Nothing in this file runs. */
import {
  BaseModel,
  belongsTo,
  type DatabaseManager,
  integer,
  Model,
  type Session,
  select,
  sql,
  text,
  uuid,
} from "../../src/index.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <_T extends true>(): void => {};

class Author extends Model.define({ id: uuid().primaryKey(), name: text() }) {}
class Book extends BaseModel.define({
  title: text(),
  subtitle: text().nullable(),
  pages: integer().default(0),
  authorId: uuid(),
}) {
  static readonly author = belongsTo(
    () => Author,
    () => Book.c.authorId,
  );
}

export async function streams(db: Session | DatabaseManager): Promise<void> {
  for await (const book of db.stream(select(Book))) is<Equal<typeof book, Book>>();
  for await (const book of db.stream(select(Book).include({ author: Book.author }), { batch: 10 })) {
    is<Equal<typeof book.author, Author>>();
  }
  for await (const row of db.stream(select({ title: Book.c.title }).from(Book)))
    is<Equal<typeof row, { title: string }>>();
  for await (const row of db.stream(sql<{ n: bigint }>`select 1`)) is<Equal<typeof row, { n: bigint }>>();
}

export async function copies(db: Session | DatabaseManager): Promise<void> {
  const row = { title: "x", authorId: "y" };
  is<Equal<Awaited<ReturnType<typeof db.copyIn>>, number>>();
  await db.copyIn(Book, [row, { ...row, subtitle: null, pages: 3 }]);
  await db.copyIn(Book, new Set([row]));
  await db.copyIn(Author, db.stream(sql<{ id: string; name: string }>`select id, name from writers`));
  await db.copyIn(sql`copy books from stdin`, ["text", Buffer.from("bytes")]);
  // @ts-expect-error: no title
  await db.copyIn(Book, [{ authorId: "y" }]);
  // @ts-expect-error: no expressions
  await db.copyIn(Book, [{ ...row, title: sql<string>`lower('X')` }]);
  // @ts-expect-error: rows go with a model
  await db.copyIn(sql`copy books from stdin`, [row]);
  // @ts-expect-error: bytes go with a statement
  await db.copyIn(Book, ["text"]);
  for await (const bytes of db.copyOut(select(Book), { format: "csv", header: true }))
    is<Equal<typeof bytes, Buffer>>();
  // @ts-expect-error: no such format
  db.copyOut(select(Book), { format: "xml" });
}
