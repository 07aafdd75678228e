import { togetherPercent } from './battery-capacity.ts';
import { ascending, quantile } from './columns.ts';
import type { Figure, ValueAxis } from './figure.ts';
import { atRest, drawable } from './figure-values.ts';
import { formatNumber } from './format.ts';
import { localHours } from './local-hours.ts';
import type { Run } from './run.ts';
import type { Steps } from './steps.ts';

const HOURS = 24;
const HOURS_LEAST = 3;
/** Less than this part of the largest power of the battery is idle: rounding of an exact balance. */
const IDLE_SHARE = 1e-6;
const LOCAL_HOUR: ValueAxis = { label: 'Local hour', unit: '', log: false, marks: [] };

/** How the batteries were used over the hours of the day; none without a battery or of an hour or two. */
export function batteryFigures(run: Run): Figure[] {
	const { steps } = run;
	if (steps.batteries.length === 0 || steps.count === 0) return [];
	const hours = localHours(steps.startS, run.metadata.gridbeat.timezone ?? 'UTC');
	// One or two hours show no course of a day.
	if (new Set(hours).size < HOURS_LEAST) return [];
	return [socFigure(steps, hours), useFigure(steps, hours)];
}

function socFigure(steps: Steps, hours: Uint8Array): Figure {
	const percent = togetherPercent(steps);
	const sorted = byHour(hours, (members) =>
		ascending(Float64Array.from(members, (i) => percent[i] as number)),
	);
	const curve = (level: number) => sorted.map(({ value }) => drawable(quantile(value, level)));
	const whole = ascending(percent);
	const level = (share: number) => atRest('', quantile(whole, share));
	return {
		id: 'soc-hours',
		title: 'State of charge by hour of the day',
		yLabel: 'State of charge in %',
		unit: '%',
		x: 'value',
		xAxis: LOCAL_HOUR,
		logY: false,
		yRange: [0, 100],
		stepped: false,
		curves: [
			{ label: 'p10', color: 'battery', dash: true, atRest: level(0.1) },
			{ label: 'median', color: 'battery', atRest: level(0.5) },
			{ label: 'p90', color: 'battery', dash: true, atRest: level(0.9) },
		],
		between: [{ upper: 2, lower: 0, color: 'battery' }],
		data: [sorted.map(({ hour }) => hour), curve(0.1), curve(0.5), curve(0.9)],
		shades: [],
		marks: [],
		note: `All steps of an hour of the day${steps.batteries.length > 1 ? ', all batteries as one' : ''}.`,
	};
}

function useFigure(steps: Steps, hours: Uint8Array): Figure {
	const { batteryW } = steps;
	const idleW = IDLE_SHARE * batteryW.reduce((most, powerW) => Math.max(most, Math.abs(powerW)), 0);
	const isCharging = (i: number) => (batteryW[i] as number) > idleW;
	const isDischarging = (i: number) => (batteryW[i] as number) < -idleW;
	const share = (members: readonly number[], is: (i: number) => boolean) =>
		(100 * members.filter(is).length) / members.length;
	const use = byHour(hours, (members) => {
		const [charging, discharging] = [share(members, isCharging), share(members, isDischarging)];
		return { charging, discharging, idle: 100 - charging - discharging };
	});
	const all = Array.from(batteryW.keys());
	const [charging, discharging] = [share(all, isCharging), share(all, isDischarging)];
	const idle = 100 - charging - discharging;
	return {
		id: 'battery-use',
		title: 'Use of the battery by hour of the day',
		yLabel: 'Part of the time in %',
		unit: '%',
		x: 'value',
		xAxis: LOCAL_HOUR,
		logY: false,
		yRange: [0, 100],
		stepped: false,
		curves: [
			{
				label: 'charging',
				color: 'battery',
				points: 'on line',
				atRest: atRest('mean', charging),
			},
			{
				label: 'discharging',
				color: 'load',
				points: 'on line',
				atRest: atRest('mean', discharging),
			},
			{
				label: 'idle',
				color: 'mark',
				dash: true,
				points: 'on line',
				atRest: atRest('mean', idle),
			},
		],
		data: [
			use.map(({ hour }) => hour),
			use.map(({ value }) => drawable(value.charging)),
			use.map(({ value }) => drawable(value.discharging)),
			use.map(({ value }) => drawable(value.idle)),
		],
		shades: [],
		marks: [],
		note: `Over the whole run: charging ${formatNumber(charging)} %, discharging ${formatNumber(discharging)} %, idle ${formatNumber(idle)} % of the time.`,
	};
}

/** What `of` makes of the steps of each hour that has any. */
function byHour<T>(
	hours: Uint8Array,
	of: (members: readonly number[]) => T,
): { hour: number; value: T }[] {
	const members: number[][] = Array.from({ length: HOURS }, () => []);
	for (const [i, hour] of hours.entries()) members[hour]?.push(i);
	return members.flatMap((found, hour) => (found.length === 0 ? [] : [{ hour, value: of(found) }]));
}
