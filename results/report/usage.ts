import { join } from 'node:path';
import { compareNames } from '../../protocol/readings.ts';
import { USAGE } from '../../protocol/run-folder/usage.ts';
import { cellNumber } from './columns.ts';
import { readCsv } from './read-csv.ts';
import { EnergySums, type LoadRates, type StepEnergies } from './step-energies.ts';
import type { Steps } from './steps.ts';

/** Points that are kept: every step of four years of minutes, for who looks closer. */
const BUCKETS = 2 ** 21;
/** Points of the utilisation of each replica; there may be a thousand replicas. */
const BUSY_BUCKETS = 240;

/** Figures of one replica over the run. */
export interface ReplicaUsage {
	readonly name: string;
	meanPowerW: number;
	/** Percent; NaN where the file has none. */
	meanMfu: number;
	/** Percent of the time with a batch in flight; NaN where the file does not say. */
	meanBusy: number;
	peakOutstanding: number;
	/** Mean over each of `busyTimeS` of the part of the time with a batch in flight, percent; NaN where unknown. */
	readonly busy: Float64Array;
}

/** usage.csv, averaged over buckets of time and over replicas while it is read, so memory stays flat. */
export interface Usage {
	readonly replicas: readonly ReplicaUsage[];
	readonly bucketS: number;
	/** Start of each bucket, seconds since the start of the run. */
	readonly timeS: Float64Array;
	/** Mean over the bucket of the sum over replicas, W with PUE, as a positive number. */
	readonly powerW: Float64Array;
	/** Mean over the bucket and over replicas, percent. */
	readonly mfu: Float64Array;
	/** Mean over the bucket of the sum over replicas. */
	readonly outstanding: Float64Array;
	readonly busyBucketS: number;
	/** Start of each bucket of `busy`, seconds since the start of the run. */
	readonly busyTimeS: Float64Array;
	/** Null where the file does not report energies apart. */
	readonly energies: StepEnergies | null;
	/** Null where the file does not have them. */
	readonly counts: RequestCounts | null;
	readonly torn: number;
}

interface Sums {
	readonly rows: Float64Array;
	readonly power: Float64Array;
	readonly mfu: Float64Array;
	readonly outstanding: Float64Array;
}

/** Requests at the end of the last step, sums over the replicas. */
export interface RequestCounts {
	readonly arrived: number;
	readonly waiting: number;
	readonly running: number;
	readonly rejected: number;
}

/** A replica while its rows are read. */
type Counted = ReplicaUsage & {
	rows: number;
	readonly busyRows: Float64Array;
	lastRow: readonly string[];
};

function newReplica(name: string, busyBuckets: number): Counted {
	const [busy, busyRows] = [new Float64Array(busyBuckets), new Float64Array(busyBuckets)];
	const means = { meanPowerW: 0, meanMfu: 0, meanBusy: 0 };
	return { name, ...means, peakOutstanding: 0, rows: 0, busy, busyRows, lastRow: [] };
}

/** Where the columns of a row stand, -1 for one that is not there. */
function placesOf(header: readonly string[]) {
	const at = (name: Parameters<typeof USAGE.placeIn>[1]) => USAGE.placeIn(header, name);
	const [time, who, energy] = [at('time_s'), at('replica'), at('energy')];
	return [time, who, energy, at('mfu'), at('outstanding'), at('busy')] as const;
}

/** Null where the run has no usage.csv. */
export async function readUsage(
	folder: string,
	steps: Steps,
	rates: LoadRates,
): Promise<Usage | null> {
	const perBucket = Math.max(1, Math.ceil(steps.count / BUCKETS));
	const bucketS = perBucket * steps.stepS;
	const buckets = Math.max(1, Math.ceil(steps.count / perBucket));
	const sums: Sums = {
		rows: new Float64Array(buckets),
		power: new Float64Array(buckets),
		mfu: new Float64Array(buckets),
		outstanding: new Float64Array(buckets),
	};
	const busyBucketS = Math.max(1, Math.ceil(steps.count / BUSY_BUCKETS)) * steps.stepS;
	const busyBuckets = Math.max(1, Math.ceil((steps.count * steps.stepS) / busyBucketS - 1e-9));
	const replicas = new Map<string, Counted>();
	const energies = new EnergySums(steps, rates);
	let columns: readonly string[] = [];
	const torn = await readCsv(join(folder, USAGE.file), USAGE, (header) => {
		energies.begin(header);
		columns = header;
		const [time, who, energy, mfu, outstanding, busy] = placesOf(header);
		return (row) => {
			energies.add(row);
			const name = row[who] ?? '';
			let replica = replicas.get(name);
			if (replica === undefined) {
				replica = newReplica(name, busyBuckets);
				replicas.set(name, replica);
			}
			const timeS = cellNumber(row[time]);
			const bucket = Math.min(Math.floor(timeS / bucketS + 1e-9), buckets - 1);
			const busyBucket = Math.min(Math.floor(timeS / busyBucketS + 1e-9), busyBuckets - 1);
			const busyValue = 100 * cellNumber(row[busy]);
			add(replica.busy, busyBucket, busyValue);
			add(replica.busyRows, busyBucket, 1);
			// Wh of the step, PUE included, as W.
			const powerW = (cellNumber(row[energy]) * 3600) / steps.stepS;
			const mfuValue = 100 * cellNumber(row[mfu]);
			const waiting = cellNumber(row[outstanding]);
			replica.rows += 1;
			replica.lastRow = row;
			replica.meanPowerW += powerW;
			replica.meanMfu += mfuValue;
			replica.meanBusy += busyValue;
			replica.peakOutstanding = Math.max(replica.peakOutstanding, waiting);
			add(sums.rows, bucket, 1);
			add(sums.power, bucket, powerW);
			add(sums.mfu, bucket, mfuValue);
			add(sums.outstanding, bucket, waiting);
		};
	});
	if (torn === null || replicas.size === 0) return null;
	for (const replica of replicas.values()) {
		replica.meanPowerW /= replica.rows;
		replica.meanMfu /= replica.rows;
		replica.meanBusy /= replica.rows;
		for (const [i, rows] of replica.busyRows.entries())
			replica.busy[i] = (replica.busy[i] as number) / rows;
	}
	const share = (values: Float64Array, times: number): Float64Array =>
		values.map((value, i) => (value / (sums.rows[i] as number)) * times);
	return {
		replicas: [...replicas.values()].sort((a, b) => compareNames(a.name, b.name)),
		bucketS,
		busyBucketS,
		busyTimeS: new Float64Array(busyBuckets).map((_, i) => i * busyBucketS),
		timeS: sums.rows.map((_, i) => i * bucketS),
		powerW: share(sums.power, replicas.size),
		mfu: share(sums.mfu, 1),
		outstanding: share(sums.outstanding, replicas.size),
		energies: energies.result(),
		counts: countsOf(columns, [...replicas.values()]),
		torn,
	};
}

function countsOf(header: readonly string[], replicas: readonly Counted[]): RequestCounts | null {
	const sum = (name: 'arrived' | 'waiting' | 'running' | 'rejected'): number => {
		const column = USAGE.placeIn(header, name);
		return replicas.reduce((total, { lastRow }) => total + cellNumber(lastRow[column]), 0);
	};
	const [arrived, waiting, running, rejected] = [
		sum('arrived'),
		sum('waiting'),
		sum('running'),
		sum('rejected'),
	];
	const counts = { arrived, waiting, running, rejected };
	return Object.values(counts).some(Number.isNaN) ? null : counts;
}

function add(values: Float64Array, index: number, value: number): void {
	values[index] = (values[index] as number) + value;
}
