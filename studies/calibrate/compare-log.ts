import type { CalibrationError } from '../../run/resolve/calibration.ts';
import type { Residuals } from './fit.ts';
import { type ServedLog, type ServedWindow, tpotOf } from './served-log.ts';
import type { Simulated } from './simulate-log.ts';

type Figure = CalibrationError['figure'];

/** Measured and simulated values of a figure, in pairs where single requests can be compared. */
export interface Pairs {
	readonly figure: Figure;
	readonly isPaired: boolean;
	readonly measured: readonly number[];
	readonly simulated: readonly number[];
}

/** Which requests, windows or steps a part of the comparison has. */
export interface Part {
	/** Of a request by its place in the log, and of a time since its start, s. */
	request(place: number): boolean;
	time(atS: number): boolean;
}

/** How the log is cut into what is fitted and what is held out. */
export function partsOf(
	{ requests, windows }: ServedLog,
	{ by, fraction }: { readonly by: 'time' | 'requests'; readonly fraction: number },
): { readonly fitted: Part; readonly heldOut: Part } {
	const lastS = Math.max(requests.at(-1)?.arrivedS ?? 0, windows.at(-1)?.untilS ?? 0);
	const cutS = requests[Math.floor(requests.length * (1 - fraction))]?.arrivedS ?? lastS;
	// Requests that come one after the other share batches: those held out stand between the others in equal distances.
	const isNth = (place: number) =>
		Math.floor((place + 1) * fraction) > Math.floor(place * fraction);
	const blockS = Math.max(5, lastS / 60);
	const isHeld: Part =
		by === 'time'
			? { request: (place) => (requests[place]?.arrivedS ?? 0) >= cutS, time: (atS) => atS >= cutS }
			: { request: isNth, time: (atS) => isNth(Math.floor(atS / blockS)) };
	return {
		heldOut: isHeld,
		fitted: { request: (place) => !isHeld.request(place), time: (atS) => !isHeld.time(atS) },
	};
}

/** Latencies of a part, measured and simulated. */
export function latencyPairs(log: ServedLog, simulated: Simulated, part: Part): Pairs[] {
	if (log.windows.length > 0) return windowPairs(log, simulated, part);
	const pairs = { TTFT: pair('TTFT', log), TPOT: pair('TPOT', log), e2e: pair('e2e', log) };
	for (const [place, request] of log.requests.entries()) {
		if (!part.request(place)) continue;
		const ttftS = simulated.ttftS[place] as number;
		const e2eS = simulated.e2eS[place] as number;
		const tpotS = tpotOf({ ...request, ttftS, e2eS });
		const add = (figure: keyof typeof pairs, measured: number | null, value: number | null) => {
			if (measured === null || value === null || !(measured > 0) || !(value > 0)) return;
			pairs[figure].measured.push(measured);
			pairs[figure].simulated.push(value);
		};
		add('TTFT', request.ttftS, ttftS);
		add('TPOT', tpotOf(request), tpotS);
		add('e2e', request.e2eS, e2eS);
	}
	return Object.values(pairs).filter(({ measured }) => measured.length > 0);
}

function pair(figure: Figure, { isExact }: ServedLog) {
	return { figure, isPaired: isExact, measured: [] as number[], simulated: [] as number[] };
}

/** Means over several scrapes, so that one request more or less at an edge does not count. */
const CHUNKS = 12;

function windowPairs({ windows, requests }: ServedLog, simulated: Simulated, part: Part): Pairs[] {
	const [ttft, tpot] = (['TTFT', 'TPOT'] as const).map((figure) => ({
		...{ figure, isPaired: true, measured: [] as number[], simulated: [] as number[] },
	})) as [
		Pairs & { measured: number[]; simulated: number[] },
		Pairs & { measured: number[]; simulated: number[] },
	];
	const size = Math.max(1, Math.ceil(windows.length / CHUNKS));
	for (let at = 0; at < windows.length; at += size) {
		const chunk = windows.slice(at, at + size);
		const [first, last] = [chunk[0] as ServedWindow, chunk.at(-1) as ServedWindow];
		if (!part.time((first.fromS + last.untilS) / 2)) continue;
		const said = (key: 'ttftS' | 'itlS') =>
			meanBy(
				chunk,
				(one) => one[key],
				(one) => one.firstTokens,
			);
		const span = { fromS: first.fromS, untilS: last.untilS };
		const found = simulatedIn(span, requests, simulated);
		if (said('ttftS') !== null && found.ttftS !== null) {
			ttft.measured.push(said('ttftS') as number);
			ttft.simulated.push(found.ttftS);
		}
		if (said('itlS') !== null && found.tpotS !== null) {
			tpot.measured.push(said('itlS') as number);
			tpot.simulated.push(found.tpotS);
		}
	}
	return [ttft, tpot].filter(({ measured }) => measured.length > 0);
}

/** Mean time to first tokens that come in a span, and between tokens in it. */
function simulatedIn(
	{ fromS, untilS }: Pick<ServedWindow, 'fromS' | 'untilS'>,
	requests: ServedLog['requests'],
	simulated: Simulated,
) {
	let [firsts, ttftS, tokens, gapsS] = [0, 0, 0, 0];
	for (const [place, { arrivedS, outputTokens }] of requests.entries()) {
		const own = simulated.ttftS[place] as number;
		const firstS = arrivedS + own;
		const lastS = arrivedS + (simulated.e2eS[place] as number);
		if (firstS >= fromS && firstS < untilS) {
			firsts++;
			ttftS += own;
		}
		const sharedS = Math.max(0, Math.min(lastS, untilS) - Math.max(firstS, fromS));
		if (outputTokens < 2 || sharedS === 0) continue;
		gapsS += sharedS;
		tokens += (sharedS / (lastS - firstS)) * (outputTokens - 1);
	}
	return { ttftS: firsts > 0 ? ttftS / firsts : null, tpotS: tokens > 0 ? gapsS / tokens : null };
}

function meanBy<T>(
	list: readonly T[],
	value: (one: T) => number | null,
	weight: (one: T) => number,
): number | null {
	let [sum, weights] = [0, 0];
	for (const one of list) {
		const found = value(one);
		if (found === null) continue;
		const by = Math.max(weight(one), 1e-9);
		sum += by * found;
		weights += by;
	}
	return weights > 0 ? sum / weights : null;
}

/** Quantiles by which lists that cannot be paired are compared. */
const LEVELS = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);

/**
 * How far the figures of a good simulation still are from those of a run, by figure: times to the first token hang on the
 * moment within a batch, times between tokens on sums of many.
 */
const USUAL: Readonly<Record<Figure, number>> = { TTFT: 0.1, TPOT: 0.02, e2e: 0.03, power: 0.05 };

/** What is fitted, by figure: logarithms of simulated over measured, of pairs or of quantiles. */
export function ratios(pairs: readonly Pairs[]): Residuals[] {
	return pairs.map(({ figure, isPaired, measured, simulated }) => ({
		usual: USUAL[figure],
		errors: isPaired
			? measured.map((value, i) => Math.log((simulated[i] as number) / value))
			: LEVELS.map((level) => Math.log(quantile(simulated, level) / quantile(measured, level))),
	}));
}

/** The value below which a part of a list lies, linear between its values. */
function quantile(values: readonly number[], level: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	const at = level * (sorted.length - 1);
	const low = Math.floor(at);
	const from = sorted[low] ?? Number.NaN;
	return from + ((sorted[low + 1] ?? from) - from) * (at - low);
}

/** The errors of a figure. */
export function errorsOf({ isPaired, measured, simulated }: Pairs): CalibrationError['before'] {
	const percent = (value: number, of: number) => round((100 * (value - of)) / of);
	const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
	const at = (level: number) => percent(quantile(simulated, level), quantile(measured, level));
	const sizes = measured.map((value, i) => Math.abs((simulated[i] as number) - value) / value);
	return {
		meanPercent: isPaired ? round((100 * sum(sizes)) / sizes.length) : null,
		biasPercent: percent(sum(simulated) / simulated.length, sum(measured) / measured.length),
		...{ p50Percent: at(0.5), p90Percent: at(0.9), p99Percent: at(0.99) },
	};
}

function round(percent: number): number {
	return Number(percent.toFixed(2));
}
