import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectOptions } from "@hypertroq/database";
import { Migrator } from "@hypertroq/database/migrations";
import type { TestDatabase } from "../database.ts";

/** The revisions of a guide, each of which follows the one before. */
export class GuideRevisions {
  readonly #database: TestDatabase;
  readonly #directory: string;
  #count = 0;
  #head: string | null = null;

  /** @param first what is there before the guide's own. */
  constructor(database: TestDatabase, directory: string, first: readonly string[]) {
    this.#database = database;
    this.#directory = directory;
    for (const text of first) this.#write(text);
  }

  /** Runs a revision up, and where it has a way down, down and up again. */
  async run(text: string): Promise<void> {
    this.#write(text);
    const connect = connectOptions({ url: this.#database.url });
    const migrator = new Migrator({ connect, directory: this.#directory });
    await migrator.upgrade();
    if (!exportOf("downgrade").test(text)) return;
    await migrator.downgrade("-1");
    await migrator.upgrade();
  }

  /** Runs operations that stand outside of a function, with what is exported beside them. */
  async runLoose(text: string): Promise<void> {
    const lines = text.split("\n");
    const isOperation = (line: string): boolean => !/^(?:export|import) /.test(line);
    const body = lines.filter(isOperation).join("\n");
    await this.run(
      `${lines.filter((line) => !isOperation(line)).join("\n")}\nexport function upgrade(op) {\n${body}}\n`,
    );
  }

  /** With what a block leaves out because the guide has said it before. */
  #write(text: string): void {
    const id = /^export const revision = "(.*)"/m.exec(text)?.[1] ?? `r${this.#count}`;
    const header: Readonly<Record<string, string>> = {
      revision: JSON.stringify(id),
      downRevision: JSON.stringify(this.#head),
      branchLabels: "null",
      dependsOn: "null",
      message: '"of a guide"',
      createdAt: '"2026-01-01T00:00:00Z"',
      downgrade: "() => {}",
    };
    const left = Object.entries(header).filter(([name]) => !exportOf(name).test(text));
    const lines = left.map(([name, value]) => `export const ${name} = ${value};\n`);
    mkdirSync(join(this.#directory, "versions"), { recursive: true });
    writeFileSync(join(this.#directory, "versions", `${this.#count++}.ts`), `${text}${lines.join("")}`);
    this.#head = id;
  }
}

const exportOf = (name: string): RegExp => new RegExp(`^export (?:const|function) ${name}\\b`, "m");
