import type { TestDatabase } from "../../../../test/database.ts";

/** A small database, of which gzip leaves enough for several chunks of encryption and several writes. */
export async function fillNoisy(database: TestDatabase): Promise<void> {
  await database.query(`
    create table notes (id int primary key, text text not null);
    insert into notes select i, (select string_agg(md5(i || '/' || j), '') from generate_series(1, 8) j)
      from generate_series(1, 2000) i;
    create table owners (id int primary key, note int not null references notes);
    insert into owners select i, i from generate_series(1, 100) i;
    create index on notes (text)`);
}
