import fc from "fast-check";
import { expect, it } from "vitest";
import { formatArray, parseArray } from "../../src/connection/array.ts";

it.each([
  ["{}", []],
  ["{1,2,3}", [1, 2, 3]],
  ["{1,NULL,3}", [1, null, 3]],
  [
    "{{1,2},{3,4}}",
    [
      [1, 2],
      [3, 4],
    ],
  ],
  ["{{{1}},{{2}}}", [[[1]], [[2]]]],
  ["[0:2]={1,2,3}", [1, 2, 3]],
  [
    "[-1:0][2:3]={{1,2},{3,4}}",
    [
      [1, 2],
      [3, 4],
    ],
  ],
])("reads %s", (text, values) => {
  expect(parseArray(text, Number)).toEqual(values);
});

it("reads quoted elements, in which nothing has a meaning but the backslash", () => {
  const text = String.raw`{"a,b","NULL",NULL,"","{x}","say \"hi\"","back\\slash",plain,"line
break"}`;
  expect(parseArray(text, String)).toEqual([
    "a,b",
    "NULL",
    null,
    "",
    "{x}",
    'say "hi"',
    "back\\slash",
    "plain",
    "line\nbreak",
  ]);
});

it("reads arrays whose elements hold commas", () => {
  expect(parseArray("{(2,2),(1,1);(4,4),(3,3)}", String, ";")).toEqual(["(2,2),(1,1)", "(4,4),(3,3)"]);
});

it.each(["", "{", '{"', '{"a', "{a", "[0:1]="])("ends with malformed text %j", (text) => {
  expect(Array.isArray(parseArray(text, String))).toBe(true);
});

it("reads what it writes (property)", () => {
  const item = fc.option(fc.string({ unit: "binary" }));
  const nested = fc.oneof(
    fc.array(item),
    fc.array(fc.array(item, { minLength: 2, maxLength: 2 })),
    fc.array(fc.array(fc.array(item, { minLength: 1, maxLength: 1 }), { minLength: 3, maxLength: 3 })),
  );
  fc.assert(
    fc.property(nested, (values) => {
      expect(
        parseArray(
          formatArray(values, (value) => value as string | null),
          String,
        ),
      ).toEqual(values);
    }),
  );
});
