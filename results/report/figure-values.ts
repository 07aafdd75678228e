import type { AtRest } from './figure.ts';
import type { Steps } from './steps.ts';

/** The spans during which a power cap is in force, in seconds since 1970. */
export function capPeriods(steps: Steps): [number, number][] {
	const periods: [number, number][] = [];
	for (let i = 0; i < steps.count; i++) {
		if (Number.isNaN(steps.capW[i])) continue;
		const fromS = steps.startS[i] as number;
		const untilS = fromS + steps.stepS;
		const last = periods.at(-1);
		if (last !== undefined && i > 0 && !Number.isNaN(steps.capW[i - 1])) last[1] = untilS;
		else periods.push([fromS, untilS]);
	}
	return periods;
}

/** A figure for a whole curve, as JSON has it: null where there is none. */
export function atRest(what: AtRest['what'], value: number): AtRest {
	return { what, value: Number.isFinite(value) ? value : null };
}

/** Mean of the numbers among `values`, for a legend at rest. */
export function meanAtRest(values: Float64Array): AtRest {
	let [sum, count] = [0, 0];
	for (const value of values)
		if (!Number.isNaN(value)) {
			sum += value;
			count += 1;
		}
	return atRest('mean', sum / count);
}

/** The last of the values, for a legend at rest. */
export function lastAtRest(values: Float64Array): AtRest {
	return atRest('last', values.at(-1) ?? Number.NaN);
}

/** A value as JSON and uPlot have it: null where there is none. */
export function drawable(value: number): number | null {
	return Number.isFinite(value) ? rounded(value) : null;
}

/** Five significant digits: more than a screen shows. */
export function rounded(value: number): number {
	return Number(value.toPrecision(5));
}
