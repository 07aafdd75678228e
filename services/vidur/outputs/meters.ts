import { join } from 'node:path';
import { gpuPowerW } from '../../replica/power.ts';
import type { ReplicaRecord, StageColumns } from '../record.ts';
import { batchIds } from './batch-order.ts';
import { TextFile } from './text-file.ts';

/**
 * `replica_R_memory_usage.json` and, for each stage, `replica_R_stage_S_{busy_time_percent,mfu,power}.json`: least,
 * most and mean value, and with the points of Vidur-Energy's extractor. As in Vidur, replica and stage 0 go by
 * the number of the last one, and a mean begins at the first time that is not 0.
 */
export function writeMeters(folder: string, replicas: readonly ReplicaRecord[]): void {
	const plots = join(folder, 'plots');
	const ids = batchIds(replicas);
	replicas.forEach((record, r) => {
		const name = `replica_${reported(r, replicas.length)}`;
		writeMemory(join(plots, `${name}_memory_usage.json`), `${name}_memory_usage`, record);
		record.stages.forEach((stage, s) => {
			const prefix = `${name}_stage_${reported(s, record.stages.length)}`;
			const context = { record, stage, ids: ids[r] as Int32Array, index: s };
			for (const meter of METERS) writeStage(plots, prefix, meter, context);
		});
	});
}

function reported(index: number, count: number): number {
	return index === 0 ? count : index;
}

interface Meter {
	readonly name: string;
	/** Value of an idle stage. */
	idle(record: ReplicaRecord): number;
	value(record: ReplicaRecord, flopsPerSecond: number): number;
	readonly hasPoints: boolean;
}

const METERS: readonly Meter[] = [
	{ name: 'busy_time_percent', idle: () => 0, value: () => 100, hasPoints: false },
	{
		name: 'mfu',
		idle: () => 0,
		value: ({ power }, flopsPerSecond) => (100 * flopsPerSecond) / power.peakFlops,
		hasPoints: true,
	},
	{
		name: 'power',
		idle: ({ power }) => power.idleW,
		value: ({ power }, flopsPerSecond) => gpuPowerW(power, flopsPerSecond),
		hasPoints: true,
	},
];

interface StageContext {
	readonly record: ReplicaRecord;
	readonly stage: StageColumns;
	readonly ids: Int32Array;
	readonly index: number;
}

function writeStage(plots: string, prefix: string, meter: Meter, context: StageContext): void {
	const { record, stage } = context;
	const count = stage.batch.length;
	const idle = meter.idle(record);
	const value = (i: number) => {
		const flops = record.batches.flops.at(stage.batch.at(i));
		return meter.value(record, flops / stage.durationS.at(i));
	};
	const mean = new SteppedMean(idle);
	for (let i = 0; i < count; i++) {
		mean.put(stage.startS.at(i), value(i));
		mean.put(stage.endS.at(i), idle);
	}
	if (mean.lengthS === 0) return;
	const name = `${prefix}_${meter.name}`;
	const file = new TextFile(join(plots, `${name}.json`));
	file.write(`{${statistics(name, mean)}`);
	if (meter.hasPoints) {
		file.write(`, "${name}_distribution": [`);
		for (let i = 0; i < count; i++) {
			const start = { time: stage.startS.at(i), [meter.name]: value(i), ...batchOf(context, i) };
			const end = { time: stage.endS.at(i), [meter.name]: idle };
			file.write(`${i === 0 ? '' : ', '}${JSON.stringify(start)}, ${JSON.stringify(end)}`);
		}
		file.write(']');
	}
	file.write('}\n');
	file.close();
}

function batchOf({ record, stage, ids, index }: StageContext, i: number) {
	const number = stage.batch.at(i);
	const batchId = ids[number] as number;
	const durationS = stage.durationS.at(i);
	return {
		batch_id: batchId,
		batch_stage_id: batchId * record.stages.length + index,
		num_tokens: record.batches.tokens.at(number),
		batch_size: record.batches.size.at(number),
		execution_time: durationS,
		model_execution_time: durationS,
	};
}

/** Its mean is the plain one of the samples and a 0 before them. */
function writeMemory(path: string, name: string, { memory }: ReplicaRecord): void {
	const { timeS, value } = memory;
	let sum = 0;
	let most = 0;
	for (let i = 0; i < value.length; i++) {
		sum += value.at(i);
		most = Math.max(most, value.at(i));
	}
	const summary = { least: 0, most, mean: sum / (value.length + 1) };
	const file = new TextFile(path);
	file.write(`{${statistics(name, summary)}, "${name}_distribution": [`);
	for (let i = 0; i < value.length; i++) {
		const point = { time: timeS.at(i), memory_usage: value.at(i) };
		file.write(`${i === 0 ? '' : ', '}${JSON.stringify(point)}`);
	}
	file.write(']}\n');
	file.close();
}

interface Summary {
	readonly least: number;
	readonly most: number;
	readonly mean: number;
}

function statistics(name: string, { least, most, mean }: Summary): string {
	return `"${name}_min": ${least}, "${name}_max": ${most}, "${name}_weighted_mean": ${mean}`;
}

/** The mean of a value that stays until the next one; what begins at time 0 is left out, as in Vidur. */
class SteppedMean implements Summary {
	least: number;
	most: number;
	lengthS = 0;
	#sum = 0;
	#lastS = 0;
	#last: number;

	constructor(first: number) {
		this.least = first;
		this.most = first;
		this.#last = first;
	}

	get mean(): number {
		return this.#sum / this.lengthS;
	}

	put(atS: number, value: number): void {
		if (this.#lastS !== 0) {
			this.#sum += this.#last * (atS - this.#lastS);
			this.lengthS += atS - this.#lastS;
		}
		this.#lastS = atS;
		this.#last = value;
		if (value < this.least) this.least = value;
		if (value > this.most) this.most = value;
	}
}
