import { type Html, html } from "../html.ts";
import { type Box, cut, HEAD, keyOf, type Layout, type Line, ROW, shownName, shownType } from "./layout.ts";

/** How far a line goes straight on before it bends, which is where its foot is drawn. */
const FOOT = 12;

/** Tables as boxes with their columns, and a line with a crow's foot for each foreign key: its foot is where the many are. */
export function drawEntities({ boxes, lines, width, height }: Layout): Html {
  return html`<svg class="entities" viewBox="0 0 ${width} ${height}" width="${width / 16}em" height="${height / 16}em" aria-hidden="true">
${lines.map(lineHtml)}
${boxes.map(boxHtml)}
</svg>`;
}

function boxHtml(box: Box): Html {
  const { entity, x, y, width, height, columns, more } = box;
  const refers = new Set(entity.references.flatMap((each) => each.columns));
  const middle = (row: number): number => y + HEAD + row * ROW + ROW / 2 + 4;
  return html`<g>
<rect class="box" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>
<path class="rule" d="M${x} ${y + HEAD}h${width}"/>
<text class="name" x="${x + 8}" y="${y + HEAD / 2 + 5}">${cut(shownName(entity))}</text>
${columns.map(
  ({ name, type, isKey, isRequired }, row) =>
    html`<text class="${isKey ? "key" : "column"}" x="${x + 8}" y="${middle(row)}">${
      isKey ? "◆ " : refers.has(name) ? "→ " : ""
    }${cut(name)}</text><text class="type" x="${x + width - 8}" y="${middle(row)}" text-anchor="end">${shownType(type)}${isRequired ? "" : "?"}</text>`,
)}
${more > 0 ? html`<text class="type" x="${x + 8}" y="${middle(columns.length)}">and ${more} more</text>` : ""}
</g>`;
}

function lineHtml({ from, to, reference, row }: Line): Html {
  const startY = row === -1 ? from.y + HEAD / 2 : from.y + HEAD + row * ROW + ROW / 2;
  const endY = to.y + HEAD / 2;
  const isLoop = keyOf(from.entity) === keyOf(to.entity);
  // To the left, where what is referred to is, unless it is beside or in a circle.
  const startsLeft = !isLoop && to.x < from.x;
  const endsRight = isLoop || to.x <= from.x;
  const startX = startsLeft ? from.x : from.x + from.width;
  const endX = endsRight ? to.x + to.width : to.x;
  const [out, into] = [startsLeft ? -1 : 1, endsRight ? 1 : -1];
  const bend = isLoop ? 26 : Math.max(30, Math.abs(endX - startX) / 2);
  const [a, b] = [startX + out * FOOT, endX + into * FOOT];
  const foot = reference.isUnique
    ? `M${startX + out * 6} ${startY - 5}v10`
    : `M${startX} ${startY - 5}L${a} ${startY}L${startX} ${startY + 5}`;
  return html`<path class="reference" d="M${startX} ${startY}H${a}C${a + out * bend} ${startY} ${b + into * bend} ${endY} ${b} ${endY}H${endX}"/><path class="reference foot" d="${foot}M${endX + into * 6} ${endY - 5}v10"/>`;
}
