/** The results as a picture: for each cell a group of bars, as long as their rate beside the fastest of the cell. */
import { titleOf } from "./table.mjs";

const colours = {
  parley: "#1f6feb",
  "ws-relay": "#8b949e",
  "nats-core": "#57ab5a",
  "nats-jetstream": "#c69026",
  "a2a-js": "#a371f7",
};
const width = 900;
const left = 150;
const right = 230;
const bar = 18;
const gap = 5;
const head = 30;

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const number = (value) => Math.round(value).toLocaleString("en");

const text = (x, y, said, more = "") => `<text x="${x}" y="${y}" ${more}>${escaped(said)}</text>`;

function barOf({ candidate, rate, p50 }, index, { fastest, ratios, top }) {
  const y = top + head + index * (bar + gap);
  const length = Math.max(1, Math.round(((width - left - right) * rate) / fastest));
  const ratio = ratios.find(({ to }) => to === candidate)?.ratio;
  const beside = ratio === undefined ? "" : `, parley ${ratio.toFixed(2)} ×`;
  return [
    text(left - 8, y + 13, candidate, 'text-anchor="end"'),
    `<rect x="${left}" y="${y}" width="${length}" height="${bar}" rx="2" fill="${colours[candidate]}"/>`,
    text(left + length + 6, y + 13, `${number(rate)}/s, p50 ${p50.toFixed(2)} ms${beside}`, 'fill="#57606a"'),
  ].join("\n");
}

function group(cell, top) {
  const fastest = Math.max(...cell.rows.map(({ rate }) => rate));
  const bars = cell.rows.map((row, index) => barOf(row, index, { fastest, ratios: cell.ratios, top }));
  return [text(10, top + 18, titleOf(cell), 'font-weight="600"'), ...bars].join("\n");
}

export function chartOf(results, subtitle) {
  const cells = results.filter(({ rows }) => rows.length > 0);
  let top = 56;
  const groups = cells.map((cell) => {
    const drawn = group(cell, top);
    top += head + cell.rows.length * (bar + gap) + 10;
    return drawn;
  });
  const size = `width="${width}" height="${top}" viewBox="0 0 ${width} ${top}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="system-ui, sans-serif" font-size="12" fill="#24292f">
<title>Parley beside others</title>
<rect width="100%" height="100%" fill="#ffffff"/>
${text(10, 24, "Parley beside others, per second", 'font-size="16" font-weight="600"')}
${text(10, 42, subtitle, 'fill="#57606a"')}
${groups.join("\n")}
</svg>
`;
}
