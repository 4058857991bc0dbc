import { operationCase } from "./operation-case.ts";

export const TYPES = [
  operationCase({
    name: "createEnum",
    before: "create schema s",
    up: (op) => op.createEnum("s.Mood", ["sad", "it's \\ ok", ""].slice(0, 2)),
    sql: `create type s."Mood" as enum ('sad', 'it''s \\ ok')`,
  }),
  operationCase({
    name: "dropEnum",
    before: "create type mood as enum ('a', 'b')",
    up: (op) => op.dropEnum("mood", { was: ["a", "b"] }),
    sql: "drop type mood",
  }),
  operationCase({
    name: "dropEnum: and its columns",
    before: "create type mood as enum ('a'); create table t (m mood)",
    up: (op) => op.dropEnum("mood", { cascade: true }),
    sql: "drop type mood cascade",
    reverse: "none",
    losses: ["mood"],
  }),
  operationCase({
    name: "addEnumValue",
    before: "create type mood as enum ('b', 'd')",
    up: (op) => {
      op.addEnumValue("mood", "e");
      op.addEnumValue("mood", "a'", { before: "b" });
      op.addEnumValue("mood", "c", { after: "b" });
      op.addEnumValue("mood", "c", { ifNotExists: true });
    },
    sql: "drop type mood; create type mood as enum ('a''', 'b', 'c', 'd', 'e')",
    reverse: "none",
  }),
  operationCase({
    name: "renameEnumValue",
    before: "create type mood as enum ('a', 'b')",
    up: (op) => op.renameEnumValue("mood", "a", "c"),
    sql: "alter type mood rename value 'a' to 'c'",
  }),
  operationCase({
    name: "replaceEnum",
    before: `create schema s; create type s.mood as enum ('sad', 'ok', 'happy');
      create table t (a s.mood not null default 'ok', b s.mood[]); insert into t values ('ok', '{happy,ok}')`,
    up: (op) =>
      op.replaceEnum("s.mood", ["happy", "ok"], {
        columns: [
          { column: "t.a", default: "'ok'" },
          { column: "public.t.b", type: "s.mood[]" },
        ],
        mapping: { sad: "ok" },
        was: ["sad", "ok", "happy"],
      }),
    sql: `alter type s.mood rename to gone; create type s.mood as enum ('happy', 'ok');
      alter table t alter a drop default, alter a type s.mood using a::text::s.mood, alter a set default 'ok';
      alter table t alter b type s.mood[] using b::text[]::s.mood[]; drop type s.gone`,
    losses: ["s.mood.sad"],
  }),
  operationCase({
    name: "replaceEnum: without was",
    before: "create type mood as enum ('a', 'b')",
    up: (op) => op.replaceEnum("mood", ["b", "a"], { columns: [] }),
    sql: "drop type mood; create type mood as enum ('b', 'a')",
    reverse: "none",
    losses: ["mood"],
  }),
  operationCase({
    name: "createDomain",
    before: "",
    up: (op) =>
      op.createDomain("Email", {
        type: "varchar(200)",
        collation: "C",
        default: "'x@y'",
        notNull: true,
        checks: { at: "value like '%@%'", short: "length(value) < 100" },
      }),
    sql: `create domain "Email" as varchar(200) collate "C" default 'x@y' not null
      constraint at check (value like '%@%') constraint short check (length(value) < 100)`,
  }),
  operationCase({
    name: "dropDomain",
    before: "create domain d as int constraint positive check (value > 0)",
    up: (op) => op.dropDomain("d", { was: { type: "int", checks: { positive: "value > 0" } } }),
    sql: "drop domain d",
  }),
  operationCase({
    name: "dropDomain: and its columns",
    before: "create domain d as int; create table t (a d)",
    up: (op) => op.dropDomain("d", { cascade: true }),
    sql: "drop domain d cascade",
    reverse: "none",
    losses: ["d"],
  }),
  operationCase({
    name: "alterDomain",
    before: "create domain d as int default 1",
    up: (op) => op.alterDomain("d", { default: null, notNull: true, was: { default: "1", notNull: false } }),
    sql: "alter domain d drop default; alter domain d set not null",
  }),
  operationCase({
    name: "addDomainCheck",
    before: "create domain d as int",
    up: (op) => {
      op.addDomainCheck("positive", "d", "value > 0", { notValid: true });
      op.addDomainCheck("small", "d", "value < 9");
    },
    sql: `alter domain d add constraint positive check (value > 0) not valid;
      alter domain d add constraint small check (value < 9)`,
  }),
  operationCase({
    name: "validateDomainCheck",
    before: "create domain d as int; alter domain d add constraint p check (value > 0) not valid",
    up: (op) => op.validateDomainCheck("p", "d"),
    sql: "alter domain d validate constraint p",
    reverse: "none",
  }),
  operationCase({
    name: "renameDomainCheck",
    before: "create domain d as int constraint a check (value > 0)",
    up: (op) => op.renameDomainCheck("a", "d", "b"),
    sql: "alter domain d rename constraint a to b",
  }),
  operationCase({
    name: "dropDomainCheck",
    before: "create domain d as int constraint a check (value > 0)",
    up: (op) => op.dropDomainCheck("a", "d", { was: "value > 0" }),
    sql: "alter domain d drop constraint a",
  }),
  operationCase({
    name: "createSequence",
    before: "create schema s; create table s.t (id int)",
    up: (op) => {
      op.createSequence("plain");
      op.createSequence("s.q", {
        type: "integer",
        start: 10,
        increment: -2,
        min: -100,
        max: 100n,
        cache: 5,
        cycle: true,
        ownedBy: "s.t.id",
      });
    },
    sql: `create sequence plain;
      create sequence s.q as integer start 10 increment -2 minvalue -100 maxvalue 100 cache 5 cycle owned by s.t.id`,
    reverse: "exact",
  }),
  operationCase({
    name: "dropSequence",
    before: "create sequence q as smallint start 3",
    up: (op) => op.dropSequence("q", { was: { type: "smallint", start: 3 } }),
    sql: "drop sequence q",
    losses: ["q"],
  }),
  operationCase({
    name: "alterSequence",
    before: "create table t (id int); create sequence q max 1000".replace("max", "maxvalue"),
    up: (op) =>
      op.alterSequence("q", {
        max: null,
        increment: 3,
        cycle: true,
        ownedBy: "t.id",
        restart: 50,
        was: { max: 1000, increment: 1, cycle: false, ownedBy: null },
      }),
    sql: "alter sequence q no maxvalue increment 3 cycle owned by t.id restart 50",
  }),
  operationCase({
    name: "createCompositeType",
    before: "",
    up: (op) => op.createCompositeType("Address", { street: "text", "zip code": { type: "text", collation: "C" } }),
    sql: 'create type "Address" as (street text, "zip code" text collate "C")',
  }),
  operationCase({
    name: "dropCompositeType",
    before: "create type a as (x int, y int)",
    up: (op) => op.dropCompositeType("a", { was: { x: "int", y: "int" } }),
    sql: "drop type a",
  }),
  operationCase({
    name: "addAttribute",
    before: "create type a as (x int)",
    up: (op) => op.addAttribute("a", "y", "text"),
    sql: "alter type a add attribute y text",
  }),
  operationCase({
    name: "dropAttribute",
    before: "create type a as (x int, y text)",
    up: (op) => op.dropAttribute("a", "y", { was: "text", cascade: true }),
    sql: "alter type a drop attribute y cascade",
    losses: ["a.y"],
  }),
  operationCase({
    name: "alterAttribute",
    before: "create type a as (x int, y text)",
    up: (op) => {
      op.alterAttribute("a", "x", "bigint", { was: "int" });
      op.alterAttribute("a", "y", "varchar(3)", { was: "text" });
    },
    sql: "alter type a alter attribute x type bigint; alter type a alter attribute y type varchar(3)",
    losses: ["a.y"],
  }),
  operationCase({
    name: "renameAttribute",
    before: "create type a as (x int)",
    up: (op) => op.renameAttribute("a", "x", "z", { cascade: true }),
    sql: "alter type a rename attribute x to z",
  }),
  operationCase({
    name: "createRangeType",
    before: "",
    up: (op) =>
      op.createRangeType("floats", {
        subtype: "float8",
        opclass: "float8_ops",
        subtypeDiff: "float8mi",
        multirange: "many_floats",
      }),
    sql: `create type floats as range (subtype = float8, subtype_opclass = float8_ops, subtype_diff = float8mi,
      multirange_type_name = many_floats)`,
  }),
  operationCase({
    name: "createRangeType: of text",
    before: "",
    up: (op) => op.createRangeType("texts", { subtype: "text", collation: "C" }),
    sql: 'create type texts as range (subtype = text, collation = "C")',
  }),
  operationCase({
    name: "dropRangeType",
    before: "create type r as range (subtype = date)",
    up: (op) => op.dropRangeType("r", { was: { subtype: "date" } }),
    sql: "drop type r",
  }),
];
