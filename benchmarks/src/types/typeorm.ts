import { BENCHMARKS_FOLDER, type Dialect, each, names, refused } from "./dialect.ts";

const model = (i: number, last: number): string => `
@Entity("model${i}")
export class Model${i} extends Base {
  @Column({ type: "varchar", length: 255 })
  name!: string;

  @Column({ type: "integer" })
  quantity!: number;

  @Column({ type: "numeric", precision: 12, scale: 2 })
  price!: string;

  @Column({ name: "is_active", type: "boolean", default: true })
  isActive!: boolean;

  @Column({ name: "parent_id", type: "uuid" })
  parentId!: string;
${
  i === 0
    ? ""
    : `
  @ManyToOne(() => Model${i - 1}, (parent) => parent.children)
  @JoinColumn({ name: "parent_id" })
  parent!: Relation<Model${i - 1}>;
`
}${
  i === last
    ? ""
    : `
  @OneToMany(() => Model${i + 1}, (child) => child.parent)
  children!: Relation<Model${i + 1}>[];
`
}}`;

const related = (i: number): string =>
  i % 2 === 0
    ? `
export async function related${i}(db: EntityManager): Promise<string[]> {
  const rows = await db.find(Model${i}, { where: { isActive: true }, relations: { children: true } });
  return rows.flatMap((row) => row.children.map((child) => row.name + child.name));
}`
    : `
export async function related${i}(db: EntityManager): Promise<string[]> {
  const rows = await db.find(Model${i}, { where: { isActive: true }, relations: { parent: true } });
  return rows.map((row) => row.name + row.parent.name);
}`;

const queries = (i: number): string => `
export const select${i} = (db: EntityManager) =>
  db.find(Model${i}, { where: { name: "a", quantity: MoreThanOrEqual(3) }, order: { createdAt: "DESC" }, take: 10 });

export async function used${i}(db: EntityManager): Promise<string[]> {
  return (await select${i}(db)).map((row) => row.id + row.name + row.createdAt.toISOString());
}

export async function insert${i}(db: EntityManager, id: string, parentId: string): Promise<string> {
  const row = { id, name: "a", quantity: 1, price: "1.00", parentId };
  await db.insert(Model${i}, row);
  return row.id;
}

export async function update${i}(db: EntityManager, id: string): Promise<number | undefined> {
  return (await db.update(Model${i}, { id }, { quantity: 2 })).affected;
}
${related(i)}`;

export const typeorm: Dialect = {
  home: BENCHMARKS_FOLDER,
  compilerOptions: { experimentalDecorators: true },
  write: (models) => ({
    "models.ts": `import {
  Column,
  CreateDateColumn,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  type Relation,
  UpdateDateColumn,
} from "typeorm";

abstract class Base {
  @PrimaryColumn({ type: "uuid" })
  id!: string;

  @CreateDateColumn({ name: "created_at", type: "timestamptz" })
  createdAt!: Date;

  @UpdateDateColumn({ name: "updated_at", type: "timestamptz" })
  updatedAt!: Date;
}
${each(models, (i) => model(i, models - 1))}
`,
    "queries.ts": `import { type EntityManager, MoreThanOrEqual } from "typeorm";
import { ${names(models, (i) => `Model${i}`)} } from "./models.ts";
${each(models, queries)}
${refused("db: EntityManager", "select0(db)")}`,
  }),
};
