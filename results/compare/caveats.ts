import { formatSpan } from '../report/format.ts';
import type { Case } from './cases.ts';
import type { ComparedFigure } from './comparison.ts';

/** What makes figures of carbon, of which those of an average and of a marginal signal never stand side by side. */
const CARBON_UNIT = /^gCO2eq/;
const CARBON_NAME = /^emissions\.|^hindsight\.emissions/;

/** What whoever compares cases must know of them before the figures, in lines. */
export function caveatsOf(cases: readonly Case[]): string[] {
	return [
		...cases.flatMap(({ runs }) =>
			runs.flatMap(({ folder, status }) =>
				status === 'complete' ? [] : [`${folder} is ${status}: its figures are those of a part`],
			),
		),
		...differing(
			cases.map(({ runs }) => formatSpan(runs[0]?.summary.durationS ?? Number.NaN)),
			(text) => `The runs are of different length (${text}): their sums do not compare`,
		),
		...differing(
			cases.map(({ runs }) => runs[0]?.version ?? ''),
			(text) => `The runs are of different versions of the program (${text})`,
		),
		...differing(
			kindsOf(cases),
			(text) =>
				`The carbon signals are of different kinds (${text}): figures of carbon do not compare and are left out`,
		),
	];
}

/** A line if not all that have a word have the same. */
function differing(words: readonly string[], line: (text: string) => string): string[] {
	const known = words.filter((word) => word !== '');
	return new Set(known).size < 2 ? [] : [line([...new Set(known)].join(', '))];
}

function kindsOf(cases: readonly Case[]): string[] {
	return cases.flatMap(({ runs }) => runs[0]?.summary.emissions?.kind ?? []);
}

/** Whether the figures of carbon of all cases may stand side by side. */
export function hasOneKindOfCarbon(cases: readonly Case[]): boolean {
	return new Set(kindsOf(cases)).size < 2;
}

/** Figures without those of carbon where average and marginal intensity would stand side by side. */
export function comparableFigures(
	cases: readonly Case[],
	figures: readonly ComparedFigure[],
): ComparedFigure[] {
	if (hasOneKindOfCarbon(cases)) return [...figures];
	return figures.filter(({ name, unit }) => !CARBON_UNIT.test(unit) && !CARBON_NAME.test(name));
}
