import type { Figure } from './figure.ts';
import { capPeriods, drawable, meanAtRest } from './figure-values.ts';
import { formatSpan } from './format.ts';
import type { Run } from './run.ts';
import { overTime } from './time-levels.ts';
import type { ReplicaUsage, Usage } from './usage.ts';

/** Strips that one can still distinguish. */
const STRIPS_MAX = 32;

/** Power, utilisation and queues of the replicas. */
export function usageFigures({ usage, steps }: Run): Figure[] {
	if (usage === null) return [];
	const startS = steps.startS[0] ?? 0;
	const x = usage.timeS.map((timeS) => startS + timeS);
	const every = { stepS: usage.bucketS, timezone: steps.timezone };
	const count = usage.replicas.length;
	const over = `${count} replica${count === 1 ? '' : 's'}, averages over ${formatSpan(usage.bucketS)}.`;
	const make = (
		shape: Pick<Figure, 'id' | 'title' | 'yLabel' | 'unit' | 'curves' | 'note'>,
		values: Float64Array,
	): Figure[] => {
		if (!values.some((value) => Number.isFinite(value))) return [];
		return [
			{
				...shape,
				curves: shape.curves.map((curve) => ({ ...curve, atRest: meanAtRest(values) })),
				x: 'time',
				logY: false,
				yRange: null,
				...overTime({ x, ys: [values] }, every),
				shades: capPeriods(steps),
				marks: [],
			},
		];
	};
	return [
		...busyFigure(usage, startS),
		...make(
			{
				id: 'replica-power',
				title: 'Power of the replicas',
				yLabel: 'Power in kW',
				unit: 'kW',
				curves: [{ label: 'all replicas', color: 'load' }],
				note: `Consumption, here as a positive number. ${over}`,
			},
			usage.powerW.map((value) => value / 1000),
		),
		...make(
			{
				id: 'mfu',
				title: 'Model FLOPS utilisation',
				yLabel: 'MFU in %',
				unit: '%',
				curves: [{ label: 'mean of replicas', color: 'e2e' }],
				note: over,
			},
			usage.mfu,
		),
		...make(
			{
				id: 'outstanding',
				title: 'Requests outstanding',
				yLabel: 'Requests',
				unit: 'requests',
				curves: [{ label: 'all replicas', color: 'ttft' }],
				note: over,
			},
			usage.outstanding,
		),
	];
}

/** A strip for each replica: how much of the time it had a batch in flight. */
function busyFigure({ replicas, busyTimeS, busyBucketS }: Usage, startS: number): Figure[] {
	if (!replicas.some(({ busy }) => busy.some((value) => Number.isFinite(value)))) return [];
	const strips = stripsOf(replicas);
	const each =
		strips.length < replicas.length ? 'Each strip is the mean of several replicas. ' : '';
	const x = Array.from(busyTimeS, (timeS) => startS + timeS);
	return [
		{
			id: 'busy',
			title: 'Utilisation of each replica',
			yLabel: 'Time with a batch in flight, %',
			unit: '%',
			x: 'time',
			logY: false,
			yRange: [0, strips.length],
			stepped: true,
			curves: strips.map(({ name, busy }) => ({
				label: name,
				color: 'grid',
				atRest: meanAtRest(busy),
			})),
			// The last value holds to the end of its span.
			data: [
				[...x, (x.at(-1) ?? startS) + busyBucketS],
				...strips.map(({ busy }) => [...Array.from(busy, drawable), null]),
			],
			heat: { highest: 100, color: 'grid' },
			shades: [],
			marks: [],
			note: `${each}No colour: idle. Full colour: always busy. Averages over ${formatSpan(busyBucketS)}.`,
		},
	];
}

/** All replicas, or means of as many neighbours as leave few enough strips. */
function stripsOf(replicas: readonly ReplicaUsage[]): { name: string; busy: Float64Array }[] {
	const together = Math.ceil(replicas.length / STRIPS_MAX);
	const strips: { name: string; busy: Float64Array }[] = [];
	for (let from = 0; from < replicas.length; from += together) {
		const members = replicas.slice(from, from + together);
		const [first, last] = [members[0] as ReplicaUsage, members.at(-1) as ReplicaUsage];
		strips.push({
			name: first === last ? first.name : `${first.name} to ${last.name}`,
			busy: first.busy.map((_, i) => meanOf(members.map(({ busy }) => busy[i] as number))),
		});
	}
	return strips;
}

function meanOf(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}
