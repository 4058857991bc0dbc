import type { CatalogRoutine } from "../../catalog/catalog.ts";
import { partsOf } from "../../operations/identifier.ts";
import { defaultsOf, routineName, type Signature, signatureName, withoutDefaults } from "../../operations/signature.ts";
import { call, isSame } from "../call.ts";
import { accessChanges, accessOf, type Subject } from "./access.ts";
import type { KindOf } from "./kind.ts";

const subject = ({ kind, signature }: CatalogRoutine): Subject => ({ kind, name: bare(signature) });

/** Without defaults; as text where that can be read again. */
function bare(signature: Signature): Signature {
  const whole = withoutDefaults(signature);
  return partsOf(routineName(whole)).some((part) => /[.(]/.test(part)) ? whole : signatureName(whole);
}

export const ROUTINE: KindOf<"routine"> = {
  create: ({ item }, to) => {
    const { kind, signature, definition } = item;
    const method = kind === "function" ? "createFunction" : "createProcedure";
    return [call(method, signature, definition), ...accessOf(subject(item), item, to)];
  },
  drop: ({ item: { kind, signature } }) => [
    call(kind === "function" ? "dropFunction" : "dropProcedure", bare(signature)),
  ],
  alter: ({ item: from }, { item: to }) => {
    if (from.kind !== to.kind || from.shape !== to.shape) return undefined;
    // CREATE OR REPLACE takes no default away.
    if (defaultsOf(to.signature) < defaultsOf(from.signature)) return undefined;
    const isTheSame = from.text === to.text && isSame(from.definition, to.definition);
    const method = to.kind === "function" ? "replaceFunction" : "replaceProcedure";
    return {
      change: [
        ...(isTheSame ? [] : [call(method, to.signature, to.definition)]),
        ...accessChanges(subject(to), from, to),
      ],
    };
  },
};
