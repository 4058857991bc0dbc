import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readPythonRevision } from "../../src/migrations/alembic/python-revision.ts";

const read = (source: string) => readPythonRevision("versions/x.py", source);

const REST = "down_revision = None\n";

test("a file as Alembic writes it today", () => {
  const found = read(`"""add orders

Revision ID: 3f1c0de4a9b2
Revises: ddef93c02177
Create Date: 2025-11-02 18:03:11.402713

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '3f1c0de4a9b2'
down_revision: Union[str, Sequence[str], None] = 'ddef93c02177'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.create_table('orders', sa.Column('id', sa.Uuid(), nullable=False))


def downgrade() -> None:
    """Downgrade schema."""
    pass
`);
  expect(found).toEqual({
    revision: "3f1c0de4a9b2",
    downRevision: ["ddef93c02177"],
    branchLabels: [],
    dependsOn: [],
    message: "add orders",
    createdAt: "2025-11-02T18:03:11",
    upgrade: {
      isEmpty: false,
      source: `def upgrade() -> None:
    """Upgrade schema."""
    op.create_table('orders', sa.Column('id', sa.Uuid(), nullable=False))`,
    },
    downgrade: { isEmpty: true, source: 'def downgrade() -> None:\n    """Downgrade schema."""\n    pass' },
    remarks: [],
  });
});

test.each([
  ["revision = 'a'", { revision: "a" }],
  ['revision = """a"""', { revision: "a" }],
  ["revision = ('a')", { revision: "a" }],
  ["revision = 'a' 'b' \\\n  'c'", { revision: "abc" }],
  ["revision = ('a'  # first\n   r'\\d')", { revision: "a\\d" }],
  ["revision = u'\\x61\\142\\u0063\\U00000064\\\n'", { revision: "abcd" }],
  ["revision = 'a'; branch_labels = 'x'", { revision: "a", branchLabels: ["x"] }],
  ["revision = 'a'\nbranch_labels = ('x', 'y')", { branchLabels: ["x", "y"] }],
  ["revision = 'a'\nbranch_labels = 'x', 'y'", { branchLabels: ["x", "y"] }],
  ["revision = 'a'\nbranch_labels = ['x',\n  # one more\n  'y',\n]", { branchLabels: ["x", "y"] }],
  ["revision = 'a'\ndepends_on = ()", { dependsOn: [] }],
  ["\ufeffrevision = 'a'\r\n", { revision: "a" }],
  ["revision = 'a'\ndef f():\n  revision = compute()\n", { revision: "a" }],
  ["revision = 'a'\nclass A:\n  revision = 1\n", { revision: "a" }],
  ["revision = 'a'\nf(revision='b')\nx.revision\n", { revision: "a" }],
  ["x = f'''{d[\"it's\"]!r:{w}} {{ '\"'''\nrevision = 'a'", { revision: "a" }],
  ["x = f'{d['nested']}'\nrevision = 'a'", { revision: "a" }],
  ["x = '''\nrevision = 'no'\n'''\nrevision = 'a'", { revision: "a" }],
  ["@decorated\ndef upgrade(): pass\nrevision = 'a'", { revision: "a", upgrade: { isEmpty: false } }],
  ["revision = 'a'\ndef upgrade(): pass", { upgrade: { isEmpty: true } }],
  ["revision = 'a'\ndef upgrade():\n  ...\n  return None\n", { upgrade: { isEmpty: true } }],
  ["revision = 'a'\ndef upgrade(): f'{drop()}'\n", { upgrade: { isEmpty: false } }],
  ["revision = 'a'\ndef upgrade(): pass\nupgrade = other\n", { upgrade: { isEmpty: false } }],
  ["revision = 'a'\ndef upgrade(): pass; drop()\n", { upgrade: { isEmpty: false } }],
])("read: %j", (source, expected) => {
  expect(read(`${source}\n${REST}`)).toMatchObject(expected);
});

test.each([
  ["revision = f'a'", 1, "revision is not assigned a plain literal"],
  ["revision = b'a'", 1, "revision is not assigned a plain literal"],
  ["revision = '\\N{BULLET}'", 1, "revision is not assigned a plain literal"],
  ["revision = compute()", 1, "revision is not assigned a plain literal"],
  ["revision = 'a' + 'b'", 1, "revision is not assigned a plain literal"],
  ["revision = 'a' % 1", 1, "revision is not assigned a plain literal"],
  ["revision = 'a'.lower()", 1, "revision is not assigned a plain literal"],
  ["revision = 12", 1, "revision is not assigned a plain literal"],
  ["x = revision = 'a'", 1, "revision is not assigned a plain literal"],
  ["revision = other = 'a'", 1, "revision is not assigned a plain literal"],
  ["revision, x = 'a', 'b'", 1, "revision is not assigned a plain literal"],
  ["\nif True:\n  revision = 'a'", 3, "revision is not assigned a plain literal"],
  ["if True: revision = 'a'", 1, "revision is not assigned a plain literal"],
  ["for revision in 'a': pass", 1, "revision is not assigned a plain literal"],
  ["from x import revision", 1, "revision is not assigned a plain literal"],
  ["revision = 'a'\nrevision += 'b'", 2, "revision is not assigned a plain literal"],
  ["revision = 'a'\nbranch_labels = [*x]", 2, "branch_labels is not assigned a plain literal"],
  ["revision = 'a'\nbranch_labels = ('x',, 'y')", 2, "branch_labels is not assigned a plain literal"],
  ["revision = 'a'\nbranch_labels = ('x', None)", 2, "branch_labels is not assigned a plain literal"],
  ["revision = 'a'\nbranch_labels = {'x'}", 2, "branch_labels is not assigned a plain literal"],
  ["revision = 'a'\nrevision = 'b'", 2, "it assigns revision twice"],
  ["revision = None", undefined, "it does not assign an id to revision"],
  ["revision = ''", undefined, "it does not assign an id to revision"],
  ["revision: str", undefined, "it does not assign an id to revision"],
  ["x = 1", undefined, "it does not assign an id to revision"],
  ["revision = 'a", 1, "its string has no end"],
  ["revision = 'a'\n'''", 2, "its string has no end"],
  ["revision = 'a'\nf'{", 2, "its string has no end"],
  ["revision = ('a'", 1, 'its "(" is never closed'],
  ["revision = 'a')", 1, 'its ")" closes nothing'],
  ["revision = ('a']", 1, 'its "]" closes nothing'],
])("refused, with the line: %j", (source, line, problem) => {
  // An unfinished bracket or string swallows what follows it; the rest stands before it.
  const text = /never closed|no end/.test(problem) ? source : `${source}\n${REST}`;
  expect(() => read(text)).toThrow(
    expect.objectContaining({ code: "ALEMBIC_FILE_INVALID", line, message: expect.stringContaining(problem) }),
  );
});

test("down_revision has to be there", () => {
  expect(() => read("revision = 'a'")).toThrow("it does not assign down_revision");
});

test.each([
  ["2025-01-31 12:00:00.123456", "2025-01-31T12:00:00"],
  ["2025-01-31 12:00:00+00:00", "2025-01-31T12:00:00Z"],
  ["2025-01-31 12:00:00.5+05:30", "2025-01-31T12:00:00+05:30"],
  ["2025-01-31T12:00:00-0800", "2025-01-31T12:00:00-08:00"],
  ["yesterday", undefined],
  ["2025-13-31 12:00:00", undefined],
])("Create Date: %s", (said, expected) => {
  expect(read(`"""x\n\nCreate Date: ${said}\n"""\nrevision = 'a'\n${REST}`).createdAt).toBe(expected);
});

test("a message is the docstring's first line, whatever quotes it has; without one there is none", () => {
  expect(read(`r"""  say "hi"\tto \\d\n\nmore"""\nrevision = 'a'\n${REST}`).message).toBe('say "hi" to \\d');
  expect(read(`"""\nlate\n"""\nrevision = 'a'\n${REST}`).message).toBe("late");
  expect(read(`revision = 'a'\n${REST}`).message).toBeUndefined();
  expect(read(`f"""no"""\nrevision = 'a'\n${REST}`).message).toBeUndefined();
});

test("what offline mode would write differently is said", () => {
  const body = (line: string) => read(`revision = 'a'\n${REST}def upgrade():\n    ${line}\n`).remarks;
  expect(body("op.execute('a\\tb')")).toEqual([expect.stringContaining("four spaces")]);
  expect(body("if context.is_offline_mode(): pass")).toEqual([expect.stringContaining("offline")]);
  expect(body("op.execute('a')")).toEqual([]);
});

const python = spawnSync("python3", ["--version"]).status === 0;
if (!python) console.warn("The reader is not compared with Python: there is no python3.");

test.skipIf(!python && !process.env["CI"])("what is read is what Python reads, for 1,000 random files", () => {
  const plain = fc.string({ unit: "grapheme", maxLength: 6 });
  const quoted = fc
    .tuple(plain, fc.constantFrom("'", '"', "'''", '"""'), fc.constantFrom("", "u", "r", "R", "U"))
    .map(([text, quote, prefix]) => {
      const raw = /r/i.test(prefix);
      const hex = (sign: string): string => `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`;
      const safe = text.replace(/[\\'"\n\r\0]/g, (sign) => (raw ? "" : hex(sign)));
      return `${prefix}${quote}${safe}${quote}`;
    });
  const escapes = fc
    .array(
      fc.constantFrom(
        "\\n",
        "\\t",
        "\\q",
        "\\0",
        "\\101",
        "\\x41",
        "\\u00e9",
        "\\U0001f600",
        "\\\\",
        "\\'",
        "\\\n",
        "b",
      ),
    )
    .map((parts) => `'${parts.join("")}'`);
  const gap = fc.constantFrom(" ", "  ", " \\\n ");
  const string = fc
    .array(fc.tuple(fc.oneof(quoted, escapes), gap), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.flat().join(""));
  const inner = fc.constantFrom(" ", "\n  ", " # it's (a comment\n");
  const sequence = fc
    .tuple(fc.array(string, { maxLength: 3 }), inner, fc.boolean(), fc.boolean())
    .map(([items, space, list, last]) => {
      const comma = items.length === 1 || (last && items.length > 0) ? "," : "";
      const text = items.map((item) => `${space}${item}`).join(",") + comma + space;
      return list ? `[${text}]` : `(${text})`;
    });
  const value = fc.oneof(
    string,
    sequence,
    fc.constant("None"),
    string.map((text) => `(${text})`),
  );
  const noise = fc.constantFrom(
    "",
    "# revision = 'no'",
    "x = '''\nrevision = 1\n'''",
    "y = {'revision': (1, [2])}",
    'def f(a=\')\', b="""("""):\n    revision = f\n    return \'[\'',
    "z = f'{1:{2}}' f'{{('",
    "if True:\n    w = '\\\n'",
  );
  const annotation = fc.constantFrom("", ": str", ": 'Union[str, None]'");
  const file = fc
    .record({
      noise: fc.array(noise, { minLength: 4, maxLength: 4 }),
      id: string,
      down: value,
      labels: value,
      annotation,
    })
    .map(({ noise: lines, id, down, labels, annotation: type }) =>
      [
        lines[0],
        `revision = 'r' ${id}`,
        lines[1],
        `down_revision${type} = ${down}`,
        lines[2],
        `branch_labels=${labels}`,
        lines[3],
        "",
      ].join("\n"),
    );
  const files = fc.sample(file, { numRuns: 1000, seed: 5 });
  const program = `
import json, sys
def ids(value):
    return list(dict.fromkeys([value] if isinstance(value, str) else value or []))
found = []
for source in json.load(sys.stdin):
    names = {}
    exec(source, names)
    found.append([names["revision"], ids(names["down_revision"]), ids(names["branch_labels"])])
json.dump(found, sys.stdout)`;
  const { stdout, stderr } = spawnSync("python3", ["-IS", "-W", "ignore", "-c", program], {
    input: JSON.stringify(files),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(stderr).toBe("");
  const expected = JSON.parse(stdout) as unknown[];
  for (const [index, source] of files.entries()) {
    const { revision, downRevision, branchLabels } = read(source);
    expect([revision, downRevision, branchLabels], source).toEqual(expected[index]);
  }
});
