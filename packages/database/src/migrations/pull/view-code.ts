import { args, array, arrow, type Code, type call } from "./code.ts";
import { columnCode, parameters, sqlOf } from "./column-code.ts";
import type { ConstraintCode } from "./constraint-code.ts";
import { indexCode } from "./index-code.ts";
import { text } from "./names.ts";
import { triggersCode } from "./protection-code.ts";
import { type SourceView, split } from "./source.ts";
import { classText, type TablePlace } from "./table-code.ts";

/** The class of a view. */
export function viewCode(place: TablePlace, view: SourceView): string {
  const { model, registry, imports, defaultSchema, beyond } = place;
  const { schema, name } = split(view.name);
  const { query, with: given, checkOption } = view.definition;
  const links = new Map<string, ReturnType<typeof call>>();
  const apart: ConstraintCode[] = [];
  for (const index of view.indexes.map((each) => indexCode(each, name, place))) {
    if (index.column === undefined || links.has(index.column.name)) apart.push(index);
    else links.set(index.column.name, index.column.link);
  }
  const fields = view.columns.map((column): readonly [string, Code] => {
    const property = model.properties.get(column.name)!;
    const link = links.get(column.name);
    return [
      property,
      columnCode(column, {
        property,
        isKey: false,
        enumName: column.enum === undefined ? undefined : registry.enums.get(column.enum),
        defaultSchema,
        imports,
        links: args(link) as readonly ReturnType<typeof call>[],
        beyond: (what) => beyond(`${what} of column ${name}.${column.name}`),
      }),
    ];
  });
  return classText(model.name, imports.use(view.materialized ? "MaterializedView" : "View"), fields, [
    ["override readonly table", model.isUsual ? undefined : text(name)],
    ["override readonly schema", schema === undefined ? undefined : text(schema)],
    ["override readonly comment", view.comment === undefined ? undefined : text(view.comment)],
    ["override readonly query", arrow(sqlOf(query.trim().replace(/;$/, ""), place))],
    ["override readonly parameters", parameters(given)],
    ["override readonly checkOption", checkOption === undefined ? undefined : text(checkOption)],
    ["override readonly indexes", apart.length === 0 ? undefined : array(apart.map(({ code }) => code()))],
    ["override readonly triggers", triggersCode(place)],
  ]);
}
