// A bar chart for each contest, as SVG.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ContestResult, type Measured, type Results, resultsFolder } from "../results.ts";
import { headingOf, timeText } from "./print.ts";

const WIDTH = 760;
const ROW = 26;
const LEFT = 290;
const RIGHT = 150;

export function writePictures({ contests }: Results): void {
  mkdirSync(resultsFolder, { recursive: true });
  for (const contest of contests) {
    if (contest.measured.length === 0) continue;
    writeFileSync(
      join(resultsFolder, `${[contest.name, contest.database].filter(Boolean).join("-")}.svg`),
      pictureOf(contest),
    );
  }
}

/** Bars are times, so short ones are good; the figure beside them is the ratio to the raw driver. */
function pictureOf(contest: ContestResult): string {
  const sorted = contest.measured.toSorted((a, b) => a.milliseconds - b.milliseconds);
  const longest = sorted.at(-1)?.milliseconds ?? 1;
  const height = 48 + sorted.length * ROW;
  const bars = sorted.map((line, row) => bar(line, 40 + row * ROW, longest)).join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#fff"/>
<text x="12" y="24" font-size="15" font-weight="bold">${escaped(headingOf(contest))}</text>
${bars}
</svg>
`;
}

function bar(line: Measured, y: number, longest: number): string {
  const width = Math.max(1, (line.milliseconds / longest) * (WIDTH - LEFT - RIGHT));
  const colour = line.name.startsWith("Athanor") ? "#c2410c" : line.ratio === 1 ? "#475569" : "#94a3b8";
  const ratio = line.ratio === null ? "" : `, ${line.ratio.toFixed(2)} × raw`;
  return `<text x="${LEFT - 10}" y="${y + 15}" text-anchor="end">${escaped(line.name)}</text>
<rect x="${LEFT}" y="${y + 2}" width="${width.toFixed(1)}" height="${ROW - 8}" fill="${colour}"/>
<text x="${(LEFT + width + 8).toFixed(1)}" y="${y + 15}" fill="#334155">${timeText(line.milliseconds)}${ratio}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
