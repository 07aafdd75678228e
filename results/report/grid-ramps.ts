import { AGREEMENT } from '../../protocol/rounding.ts';
import type { DispatchLimits, RunMetadata } from '../../protocol/run-folder/metadata.ts';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import type { HindsightCase } from '../hindsight/case.ts';
import type { Group } from './figure-group.ts';
import { withUnit } from './format.ts';
import type { Steps } from './steps.ts';

/** What the ramp limits of the connection did not hold: what nothing on the site could keep flowed all the same. */
export function rampsOf(
	{ gridbeat }: RunMetadata,
	{ count, stepS, gridW, connected, productionW, loadW }: Steps,
): Pick<Summary, 'gridRamps'> {
	const { rampUpW = null, rampDownW = null } = gridbeat.dispatch ?? {};
	if (rampUpW === null && rampDownW === null) return {};
	const minutes = stepS / 60;
	const [upW, downW] = [rampUpW, rampDownW].map((perMinute) =>
		perMinute === null ? Number.POSITIVE_INFINITY : perMinute * minutes,
	) as [number, number];
	let [over, mostW] = [0, 0];
	for (let k = 1; k < count; k++) {
		// Without a grid nothing flows, which is no ramp; from there it goes up and down within the limits.
		if (connected?.[k] === 0) continue;
		const changeW = (gridW[k] as number) - (gridW[k - 1] as number);
		const overW = Math.max(changeW - upW, -changeW - downW);
		const sizeW = (productionW[k] as number) + (loadW[k] as number) + Math.abs(changeW);
		if (overW <= AGREEMENT * sizeW) continue;
		over++;
		mostW = Math.max(mostW, overW);
	}
	return { gridRamps: { overHours: (over * stepS) / 3600, mostOverWPerMin: mostW / minutes } };
}

/** The limits from step to step; where the run went beyond one, as far as that: what nobody could keep binds nobody. */
export function rampsWithin(
	{ rampUpW = null, rampDownW = null }: DispatchLimits,
	{ count, stepS, gridW }: Pick<Steps, 'count' | 'stepS' | 'gridW'>,
): Pick<HindsightCase, 'ramps'> {
	if (rampUpW === null && rampDownW === null) return {};
	const perStep = (perMinute: number | null, sign: number) =>
		Float64Array.from({ length: count }, (_, k) => {
			if (perMinute === null) return Number.POSITIVE_INFINITY;
			const changeW = k === 0 ? 0 : sign * ((gridW[k] as number) - (gridW[k - 1] as number));
			return Math.max((perMinute * stepS) / 60, changeW) / 1000;
		});
	return { ramps: { upKw: perStep(rampUpW, 1), downKw: perStep(rampDownW, -1) } };
}

/** Of several sites: the hours of all, and the most of any. */
export function totalRamps(parts: readonly Summary[]): Pick<Summary, 'gridRamps'> {
	const all = parts.flatMap(({ gridRamps }) => gridRamps ?? []);
	if (all.length === 0) return {};
	return {
		gridRamps: {
			overHours: all.reduce((sum, { overHours }) => sum + overHours, 0),
			mostOverWPerMin: Math.max(...all.map(({ mostOverWPerMin }) => mostOverWPerMin)),
		},
	};
}

/** For the closing table and the report. */
export function rampGroup({ gridRamps }: Summary): Group {
	if (gridRamps === undefined) return { title: '', lines: [] };
	const { overHours, mostOverWPerMin } = gridRamps;
	return {
		title: 'Ramps of the grid',
		lines: [
			{ label: 'beyond the limits', value: withUnit(overHours, 'h') },
			...(overHours > 0
				? [{ label: 'at most by', value: withUnit(mostOverWPerMin, 'W/min') }]
				: []),
		],
	};
}
