import { isFile } from '../../kernel/files/input-file.ts';
import { togetherPercent } from '../report/battery-capacity.ts';
import { emittedKg } from '../report/carbon-figures.ts';
import { runningSum } from '../report/columns.ts';
import { timeBetweenTokens } from '../report/latency-figures.ts';
import { readMetadata } from '../report/metadata.ts';
import type { Distribution } from '../report/quantiles.ts';
import { type Run, readRun } from '../report/run.ts';
import { readSites, siteNamesOf } from '../report/sites.ts';
import type { Steps } from '../report/steps.ts';
import type { Case } from './cases.ts';

/** Requests of a case, of all its sites and repeats together. */
interface Latencies {
	readonly arrivedS: Float64Array;
	readonly ttftS: Float64Array;
	readonly tbtS: Float64Array;
	readonly e2eS: Float64Array;
}

/** What a case is over time: sums over its sites, means over its repeats. */
export interface CaseSeries {
	/** Seconds since 1970. */
	readonly startS: number;
	readonly stepS: number;
	readonly count: number;
	readonly timezone: string;
	readonly loadW: Float64Array;
	/** Export +, import -. */
	readonly gridW: Float64Array;
	/** Of all batteries as one, %; null without any. */
	readonly soc: Float64Array | null;
	/** Of imports and generators since the start, kg; null without a signal. */
	readonly emittedKg: Float64Array | null;
	/** Of imports since the start, USD; null without a price. */
	readonly costUsd: Float64Array | null;
	/** Of the first site, g/kWh. */
	readonly carbon: Float64Array | null;
	/** W per GPU in force, of the first site and repeat; NaN while there is none. */
	readonly capW: Float64Array;
	/** Null where requests have no rows of their own. */
	readonly latencies: Latencies | null;
	/** Where only distributions were kept. */
	readonly sketches: {
		readonly ttftS: Distribution | undefined;
		readonly e2eS: Distribution | undefined;
	} | null;
}

/** Reads the run folders of a case; null for one that has none, such as what a server measured. */
export async function readSeries({ runs }: Case): Promise<CaseSeries | null> {
	const repeats: CaseSeries[] = [];
	for (const { folder } of runs) {
		if (isFile(folder)) return null;
		repeats.push(together(await sitesOf(folder)));
	}
	const [first] = repeats;
	if (first === undefined) return null;
	// What was interrupted has fewer steps.
	const count = Math.min(...repeats.map((one) => one.count));
	const mean = (of: (one: CaseSeries) => Float64Array | null): Float64Array | null => {
		const series = repeats.flatMap((one) => of(one) ?? []);
		if (series.length < repeats.length) return null;
		return sumOf(series, count).map((sum) => sum / series.length);
	};
	return {
		...first,
		count,
		loadW: mean(({ loadW }) => loadW) as Float64Array,
		gridW: mean(({ gridW }) => gridW) as Float64Array,
		soc: mean(({ soc }) => soc),
		emittedKg: mean((one) => one.emittedKg),
		costUsd: mean(({ costUsd }) => costUsd),
		carbon: mean(({ carbon }) => carbon),
		latencies: pooled(repeats.map(({ latencies }) => latencies)),
	};
}

async function sitesOf(folder: string): Promise<readonly Run[]> {
	if (siteNamesOf(readMetadata(folder)).length === 0) return [await readRun(folder)];
	return (await readSites(folder)).sites.map(({ run }) => run);
}

/** A run with all its sites. */
function together(runs: readonly Run[]): CaseSeries {
	const [first] = runs as readonly [Run, ...Run[]];
	const { steps, metadata } = first;
	const count = Math.min(...runs.map((run) => run.steps.count));
	const sum = (of: (run: Run) => Float64Array | null): Float64Array | null => {
		const parts = runs.flatMap((run) => of(run) ?? []);
		return parts.length === runs.length ? sumOf(parts, count) : null;
	};
	const { quantiles } = first;
	const withBatteries = runs.filter((run) => run.steps.batteries.length > 0);
	return {
		startS: steps.startS[0] ?? 0,
		stepS: steps.stepS,
		count,
		timezone: metadata.gridbeat.timezone ?? 'UTC',
		loadW: sum((run) => run.steps.loadW) as Float64Array,
		gridW: sum((run) => run.steps.gridW) as Float64Array,
		soc:
			withBatteries.length === 0
				? null
				: sumOf(
						withBatteries.map((run) => togetherPercent(run.steps)),
						count,
					).map((percent) => percent / withBatteries.length),
		emittedKg: sum((run) => (run.steps.carbon === null ? null : emittedKg(run, run.steps.carbon))),
		costUsd: sum(({ steps: own }) => costOf(own)),
		carbon: steps.carbon,
		capW: steps.capW,
		latencies: pooled(runs.map(latenciesOf)),
		sketches:
			quantiles === null || runs.length > 1
				? null
				: { ttftS: quantiles.distributions.ttftS, e2eS: quantiles.distributions.e2eS },
	};
}

/** What imports have cost up to the end of each step, USD. */
function costOf({ gridW, price, stepS }: Steps): Float64Array | null {
	if (price === null) return null;
	const usd = gridW.map((watts, i) => (Math.max(0, -watts) * (price[i] as number) * stepS) / 3.6e6);
	return runningSum(usd);
}

function latenciesOf({ requests }: Run): Latencies | null {
	if (requests === null || requests.count === 0) return null;
	const { arrivedS, ttftS, e2eS } = requests;
	return { arrivedS, ttftS, e2eS, tbtS: timeBetweenTokens(requests) };
}

/** All that there are; null where there are none. */
function pooled(parts: readonly (Latencies | null)[]): Latencies | null {
	const known = parts.filter((part) => part !== null);
	if (known.length < 2) return known[0] ?? null;
	const joined = (of: (part: Latencies) => Float64Array): Float64Array => {
		const all = new Float64Array(known.reduce((sum, part) => sum + of(part).length, 0));
		let at = 0;
		for (const part of known) {
			all.set(of(part), at);
			at += of(part).length;
		}
		return all;
	};
	return {
		arrivedS: joined(({ arrivedS }) => arrivedS),
		ttftS: joined(({ ttftS }) => ttftS),
		tbtS: joined(({ tbtS }) => tbtS),
		e2eS: joined(({ e2eS }) => e2eS),
	};
}

function sumOf(series: readonly Float64Array[], count: number): Float64Array {
	const sum = new Float64Array(count);
	for (const values of series)
		for (let k = 0; k < count; k++) sum[k] = (sum[k] as number) + (values[k] as number);
	return sum;
}
