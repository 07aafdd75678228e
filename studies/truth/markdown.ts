import type { FamilyResult } from './run-truth.ts';
import {
	aboutFamily,
	ERROR_HEAD,
	errorCells,
	LIMIT_HEAD,
	limitCells,
	NOT_HERE,
	refusalsOf,
} from './truth-text.ts';

/** docs/accuracy.md: what measured hardware says of the product, by family. */
export function truthMarkdown(results: readonly FamilyResult[]): string {
	return `${[HEAD, ...results.map(familyText)].join('\n\n')}\n`;
}

const HEAD = `# Accuracy

How far Gridbeat is off measured hardware. This page is made by

\`\`\`sh
npx gridbeat truth --markdown docs/accuracy.md
\`\`\`

which simulates every measured run below as a user would, by a scenario that says what the source says of model, GPUs, engine and
load, and sets both side by side. Nothing is set for a run alone. An error is |simulated / measured - 1|; the bias is its mean
with the sign. \`at most\` is what the gate of the project allows, so that accuracy cannot fall in silence; \`meant\` is what it is to become.
Each run by itself stands in the page that the command writes, \`truth/index.html\`, and in \`--json\`.`;

function familyText(one: FamilyResult): string {
	const about = aboutFamily(one)
		.map(([what, text]) => `- ${what}: ${text}.`)
		.join('\n');
	const parts = [`## ${one.family.title}`, about];
	if (one.results === null) return [...parts, `Not run: ${NOT_HERE}.`].join('\n\n');
	if (one.judged.length > 0) parts.push(tableText(LIMIT_HEAD, one.judged.map(limitCells)));
	if (one.errors.length > 0) parts.push(tableText(ERROR_HEAD, one.errors.map(errorCells)));
	const refusals = refusalsOf(one.results);
	if (refusals.length > 0) parts.push(refusals.map((line) => `- ${line}`).join('\n'));
	return parts.join('\n\n');
}

function tableText(head: readonly string[], rows: readonly (readonly string[])[]): string {
	const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
	return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
