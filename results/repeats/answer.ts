import type { Summary } from '../../protocol/run-folder/summary.ts';
import { formatNumber } from '../report/format.ts';
import { type HeadlineRanges, headlineRanges } from '../report/headline-ranges.ts';
import { readable, readableText, scaleOf } from './headlines.ts';
import type { RepeatedFigure } from './repeated-figures.ts';
import type { Repeats } from './show.ts';

/** The headline figures that the error of a power curve moves, by the names of the summary. */
const RANGED: Readonly<Record<string, keyof HeadlineRanges>> = {
	'energy.loadKwh': 'loadKwh',
	'energy.importKwh': 'importKwh',
	'energy.renewableShare': 'renewableShare',
	'emissions.importG': 'importG',
	'emissions.grossG': 'grossG',
	'emissions.reduction': 'reduction',
	'emissions.perRequestG': 'perRequestG',
	'bill.energyUsd': 'energyUsd',
};

/** What the means of repeats may be by the error of their power curve; the means stand for a summary. */
export function rangesOfMeans(figures: readonly RepeatedFigure[]): HeadlineRanges {
	const summary: Record<string, unknown> = {};
	for (const { metric, mean } of figures) put(summary, metric.split('.'), mean);
	const part = (name: string) => summary[name] ?? null;
	const energy = part('servingEnergy') as Summary['servingEnergy'];
	return headlineRanges({
		energy: (part('energy') ?? {}) as Summary['energy'],
		emissions: part('emissions') as Summary['emissions'],
		serving: part('serving') as Summary['serving'],
		// Where nobody knows the error there is no curve among the figures.
		servingEnergy: energy === null ? null : { ...energy, curve: energy.curve ?? null },
		bill: (part('bill') ?? {}) as Summary['bill'],
	});
}

/** Puts a value where the parts of a name lead. */
function put(into: Record<string, unknown>, [name = '', ...rest]: string[], value: number): void {
	if (rest.length === 0) {
		into[name] = value;
		return;
	}
	const inner = (into[name] ?? {}) as Record<string, unknown>;
	into[name] = inner;
	put(inner, rest, value);
}

/** ` (0.45 to 0.76)`, in the unit in which the figure stands; empty of what has no such range. */
export function rangeText(figure: RepeatedFigure, ranges: HeadlineRanges): string {
	const name = RANGED[figure.metric];
	const ends = name === undefined ? null : ranges[name];
	if (ends === null) return '';
	const { factor } = scaleOf(figure.unit, figure.mean);
	const [low = '', high = ''] = ends.map((end) => formatNumber(end * factor));
	// An error that does not show in the figure is none to speak of.
	return low === high ? '' : ` (${low} to ${high})`;
}

/** What the repeats come to, in a sentence or two: means with the intervals of 95 % in which they lie. */
export function repeatsAnswer({ figures, runs }: Repeats): string {
	const ranges = rangesOfMeans(figures);
	const by = new Map(figures.map((figure) => [figure.metric, figure]));
	const text = (metric: string) => {
		const figure = by.get(metric);
		if (figure === undefined) return null;
		return readableText(figure).replace(/ ± 0(?= |$)/, '') + rangeText(figure, ranges);
	};
	const known = runs.filter(({ failure }) => failure === null).length;
	if (known === 0) return 'No repeat came to its end.';
	const ttft = text('serving.ttftS.p99');
	const completed = by.get('serving.completed');
	const latency =
		ttft === null || completed === undefined
			? []
			: [
					`99 of 100 of ${readable(completed).mean} requests had their first token within ${ttft} and their last within ${text('serving.e2eS.p99') ?? '–'}`,
				];
	const emitted = text('emissions.importG');
	const initial = by.get('energy.initialShare');
	const energy = [
		`the site drew ${text('energy.loadKwh') ?? '–'}`,
		`${text('energy.renewableShare') ?? '–'} of it renewable${
			initial === undefined || initial.most === 0
				? ''
				: ` and ${text('energy.initialShare') ?? '–'} from what batteries held at the start`
		}`,
		`${text('energy.importKwh') ?? '–'} came from the grid${emitted === null ? '' : ` and emitted ${emitted} of CO₂eq`}`,
	];
	const mean = known === 1 ? 'In the one repeat' : `In the mean of ${formatNumber(known)} repeats`;
	return `${mean}, ${[...latency, energy.join(', ')].join('; ')}.`;
}
