/**
 * A fresh process that reads one row by a library and ends: `node first-query.js NAME EMAIL`, with the database's URL in
 * BENCHMARK_URL. Prints the row's address as soon as it is there.
 */
import { CONTESTANTS } from "../contestants/index.ts";

const [name, email] = process.argv.slice(2) as [string, string];
const contestant = await CONTESTANTS[name]!();
const client = await contestant.autocommit(process.env["BENCHMARK_URL"]!, 1);
const user = (await client.read!({ email })) as { readonly email: string };
console.log(user.email);
await client.close();
