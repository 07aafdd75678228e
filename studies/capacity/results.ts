import { cellOf, type Table, tableOf } from '../../results/compare/table.ts';
import type { Point } from '../sweep/design.ts';
import type { Configuration, Impossible } from './configuration.ts';
import { type Economics, economicsOf } from './economics.ts';
import { FALLS_BEHIND, type Found, type TriedRate } from './find-capacity.ts';
import { paretoFront } from './pareto.ts';
import { LATENCIES, type LatencyName, type Objective, objectiveName } from './slo.ts';

/** A configuration that was searched, or could not be. */
export type Searched =
	| { readonly configuration: Configuration; readonly found: Found }
	| { readonly configuration: Impossible; readonly found: null };

/** A configuration's answer. */
export interface Answer {
	readonly label: string;
	readonly point: Point;
	readonly configuration: Configuration | null;
	/** The capacity; null where no rate passes. */
	readonly best: OperatingPoint | null;
	/** All rates tried, from the lowest. */
	readonly points: readonly OperatingPoint[];
	readonly failsAtQps: number;
	/** What breaks there. */
	readonly limitedBy: readonly string[];
	readonly throughputQps: number;
	readonly trials: number;
	/** Why there is no capacity, or what is to be known of it; empty where all is plain. */
	readonly remark: string;
	/** A trial did not run to its end for another reason than that its parts do not fit together. */
	readonly isBroken: boolean;
}

/** A configuration at a rate. */
export interface OperatingPoint extends TriedRate {
	readonly label: string;
	readonly economics: Economics;
}

/** Puts a search's end into words and figures. */
export function answerOf({ configuration, found }: Searched): Answer {
	const { label, point } = configuration;
	const nothing = {
		label,
		point,
		best: null,
		points: [],
		failsAtQps: Number.NaN,
		limitedBy: [],
		throughputQps: Number.NaN,
		trials: 0,
	};
	if (found === null)
		return { ...nothing, configuration: null, remark: configuration.reason, isBroken: false };
	if ('failure' in found) {
		const { failure } = found;
		return { ...nothing, configuration, remark: failure, isBroken: !failure.startsWith('Cannot ') };
	}
	const { best, worst, tried } = found.search;
	const points = tried.map((rate) => ({
		...rate,
		label,
		economics: economicsOf(configuration, rate.evaluation),
	}));
	return {
		...nothing,
		configuration,
		best: points.find(({ qps }) => qps === best?.qps) ?? null,
		points,
		failsAtQps: worst?.qps ?? Number.NaN,
		limitedBy: worst?.violated ?? [],
		throughputQps: found.throughputQps,
		trials: tried.length + 1,
		remark: remarkOf(found.search),
		isBroken: false,
	};
}

function remarkOf({ best, worst, tried, isMonotone, isConverged }: SearchOf): string {
	if (best === null) {
		const lowest = tried[0];
		return `no rate passes; at ${short(lowest?.qps)} requests/s: ${lowest?.violated.map(brokenText).join(', ')}`;
	}
	const lucky = tried.filter(({ qps, passes }) => passes && worst !== null && qps > worst.qps);
	const remarks = [
		isMonotone
			? ''
			: `not monotone: fails at ${short(worst?.qps)} but passes at ${lucky.map(({ qps }) => short(qps)).join(', ')} requests/s`,
		isConverged ? '' : 'not converged: no rates were left to try; raise search.maxTrials',
	];
	return remarks.filter((remark) => remark !== '').join('; ');
}

/** `ttftS.p90 <= 2 does not hold`, or that the replicas fall behind. */
function brokenText(violated: string): string {
	return violated === FALLS_BEHIND ? violated : `${violated} does not hold`;
}

type SearchOf = Extract<Found, { search: unknown }>['search'];

function short(qps: number | undefined): string {
	return String(Number((qps ?? Number.NaN).toPrecision(4)));
}

/** results.csv: a row for each configuration, at its capacity. */
export function resultsTable(
	answers: readonly Answer[],
	keys: readonly string[],
	statistics: readonly string[],
): Table {
	const at = (pick: (point: OperatingPoint) => number) => (answer: Answer) =>
		answer.best === null ? null : pick(answer.best);
	return tableOf(answers, [
		{ name: 'configuration', unit: null, cell: ({ label }) => label },
		...keys.map((key) => ({
			name: key,
			unit: null,
			cell: ({ point }: Answer) => cellOf(point[key]),
		})),
		{ name: 'feasible', unit: null, cell: ({ best }) => best !== null },
		{ name: 'capacityQps', unit: 'requests/s', cell: at(({ qps }) => qps) },
		{ name: 'failsAtQps', unit: 'requests/s', cell: ({ failsAtQps }) => failsAtQps },
		{ name: 'limitedBy', unit: null, cell: ({ limitedBy }) => limitedBy.join('; ') || null },
		{ name: 'throughputQps', unit: 'requests/s', cell: ({ throughputQps }) => throughputQps },
		{ name: 'replicas', unit: '1', cell: ({ configuration }) => configuration?.replicas ?? null },
		{ name: 'gpus', unit: '1', cell: ({ configuration }) => configuration?.gpus ?? null },
		{
			name: 'qpsPerGpu',
			unit: 'requests/s',
			cell: ({ best, configuration }) =>
				best === null || configuration === null ? null : best.qps / configuration.gpus,
		},
		...pointColumns<Answer>(statistics, at),
		{ name: 'trials', unit: '1', cell: ({ trials }) => trials },
		{ name: 'remark', unit: null, cell: ({ remark }) => remark || null },
	]);
}

/** trials.csv: a row for each rate tried of each configuration. */
export function trialsTable(answers: readonly Answer[], statistics: readonly string[]): Table {
	return tableOf(
		answers.flatMap(({ points }) => points),
		[
			{ name: 'configuration', unit: null, cell: ({ label }) => label },
			{ name: 'qps', unit: 'requests/s', cell: ({ qps }) => qps },
			{ name: 'passes', unit: null, cell: ({ passes }) => passes },
			{ name: 'violated', unit: null, cell: ({ violated }) => violated.join('; ') || null },
			{ name: 'keptUp', unit: '1', cell: ({ evaluation }) => evaluation.keptUp },
			{
				name: 'throughputQps',
				unit: 'requests/s',
				cell: ({ evaluation }) => evaluation.throughputPerS,
			},
			{ name: 'requests', unit: '1', cell: ({ evaluation }) => evaluation.requests },
			{ name: 'measured', unit: '1', cell: ({ evaluation }) => evaluation.measured },
			{ name: 'changedLengths', unit: '1', cell: ({ evaluation }) => evaluation.changed },
			{ name: 'leftOut', unit: '1', cell: ({ evaluation }) => evaluation.leftOut },
			...pointColumns<OperatingPoint>(statistics, (pick) => pick),
		],
	);
}

const ECONOMICS: readonly (readonly [keyof Economics, string])[] = [
	['powerW', 'W'],
	['usdPerHour', 'USD/h'],
	['qpsPerUsdPerHour', 'requests/s/(USD/h)'],
	['qpsPerKw', 'requests/s/kW'],
	['requestsPerG', 'requests/gCO2eq'],
	['gPerRequest', 'gCO2eq'],
	['embodiedGPerRequest', 'gCO2eq'],
	['whPerRequest', 'Wh'],
	['usdPerMillionTokens', 'USD/10^6 tokens'],
	['usdPerMillionOutputTokens', 'USD/10^6 tokens'],
];

function pointColumns<Row>(
	statistics: readonly string[],
	at: (pick: (point: OperatingPoint) => number) => (row: Row) => number | null,
) {
	const latency = (name: LatencyName, statistic: string) => ({
		name: `${name}.${statistic}`,
		unit: 's',
		cell: at(({ evaluation }) => evaluation.latencies[name][statistic] ?? Number.NaN),
	});
	return [
		...LATENCIES.flatMap((name) => statistics.map((statistic) => latency(name, statistic))),
		{ name: 'gpuPowerW', unit: 'W', cell: at(({ evaluation }) => evaluation.usage.gpuPowerW) },
		...ECONOMICS.map(([name, unit]) => ({
			name,
			unit,
			cell: at(({ economics }) => economics[name]),
		})),
		{ name: 'mfu', unit: '1', cell: at(({ evaluation }) => evaluation.usage.mfu) },
		{ name: 'busy', unit: '1', cell: at(({ evaluation }) => evaluation.usage.busy) },
		{ name: 'restartsPerRequest', unit: '1', cell: at(({ evaluation }) => evaluation.restarts) },
		{
			name: 'prefillTokens',
			unit: 'tokens',
			cell: at(({ evaluation }) => evaluation.prefillTokens),
		},
		{ name: 'decodeTokens', unit: 'tokens', cell: at(({ evaluation }) => evaluation.decodeTokens) },
	];
}

/** What one may want much of. */
export const GAINS = [
	{ name: 'qpsPerUsdPerHour', per: 'dollar', unit: 'requests/s per USD/h' },
	{ name: 'qpsPerKw', per: 'watt', unit: 'requests/s per kW' },
	{ name: 'requestsPerG', per: 'gram of CO₂', unit: 'requests per g CO₂eq' },
] as const satisfies readonly { name: keyof Economics; per: string; unit: string }[];

/** Points of operation that no other beats in a latency and a gain. */
export interface Front {
	readonly latency: Pick<Objective, 'latency' | 'statistic'>;
	readonly gain: (typeof GAINS)[number];
	readonly points: readonly OperatingPoint[];
}

/** The fronts of each latency with a limit, and of TTFT p90 and TBT p99 if these have none, with each gain. */
export function frontsOf(answers: readonly Answer[], objectives: readonly Objective[]): Front[] {
	const usable = answers.flatMap(({ points }) => points).filter(keepsUp);
	return frontLatencies(objectives).flatMap((latency) =>
		GAINS.flatMap((gain) => {
			const points = usable
				.map((point) => ({ point, ...coordinates(point, latency, gain.name) }))
				.filter(({ cost, gain: value }) => Number.isFinite(cost) && Number.isFinite(value));
			return [{ latency, gain, points: paretoFront(points).map(({ point }) => point) }];
		}),
	);
}

/** A rate beyond that is offered, not served. */
export function keepsUp({ violated }: OperatingPoint): boolean {
	return !violated.includes(FALLS_BEHIND);
}

function frontLatencies(objectives: readonly Objective[]): Front['latency'][] {
	const wanted: Front['latency'][] = [...objectives];
	if (!objectives.some(({ latency }) => latency === 'ttftS'))
		wanted.push({ latency: 'ttftS', statistic: 'p90' });
	if (!objectives.some(({ latency }) => latency === 'tbtS'))
		wanted.push({ latency: 'tbtS', statistic: 'p99' });
	return wanted;
}

/** Where a point lies between a latency and a gain. */
export function coordinates(
	{ evaluation, economics }: OperatingPoint,
	{ latency, statistic }: Front['latency'],
	gain: keyof Economics,
): { cost: number; gain: number } {
	return { cost: evaluation.latencies[latency][statistic] ?? Number.NaN, gain: economics[gain] };
}

/** pareto.csv: a row for each point of each front. */
export function paretoTable(fronts: readonly Front[]): Table {
	const rows = fronts.flatMap(({ latency, gain, points }) =>
		points.map((point) => ({ latency, gain, point })),
	);
	return tableOf(rows, [
		{ name: 'latency', unit: null, cell: ({ latency }) => objectiveName(latency) },
		{ name: 'gain', unit: null, cell: ({ gain }) => gain.name },
		{ name: 'configuration', unit: null, cell: ({ point }) => point.label },
		{ name: 'qps', unit: 'requests/s', cell: ({ point }) => point.qps },
		{ name: 'passes', unit: null, cell: ({ point }) => point.passes },
		{
			name: 'latencyS',
			unit: 's',
			cell: ({ point, latency, gain }) => coordinates(point, latency, gain.name).cost,
		},
		{ name: 'value', unit: null, cell: ({ point, gain }) => point.economics[gain.name] },
	]);
}

/** The configuration that gives most of a gain at its capacity; null if none is feasible. */
export function bestBy(answers: readonly Answer[], gain: keyof Economics): Answer | null {
	const feasible = answers.filter(
		({ best }) => best !== null && Number.isFinite(best.economics[gain]),
	);
	return feasible.reduce<Answer | null>(
		(most, answer) =>
			(answer.best as OperatingPoint).economics[gain] >
			(most?.best?.economics[gain] ?? Number.NEGATIVE_INFINITY)
				? answer
				: most,
		null,
	);
}
