import { join } from 'node:path';
import { gpuPowerW, type PowerCurve } from '../../../silicon/power.ts';
import type { ReplicaRecord } from '../record.ts';
import { BatchCursor } from './batch-cursor.ts';
import type { BatchIds } from './batch-order.ts';
import { ByteFile } from './byte-file.ts';
import { NumberText, TextPiece } from './number-text.ts';
import { pieceOf } from './space.ts';
import type { Task } from './task.ts';

/** What is written of the meters. */
export interface MeterOutputs {
	readonly ids: BatchIds;
	/** Whether the mean of the memory is one over time, as Vidur has it with `save_table_to_wandb`. */
	readonly memoryOverTime: boolean;
	/** Whether the memory's point at the end of a batch counts, by the batch's id. */
	isWanted(id: number): boolean;
}

/**
 * Write `replica_R_memory_usage.json` and, for each stage, `replica_R_stage_S_{busy_time_percent,mfu,power}.json`: least,
 * most and mean value, and with the points of Vidur-Energy's extractor. As in Vidur, replica and stage 0 go by
 * the number of the last one, and a mean begins at the first time that is not 0.
 */
export function meterTasks(
	folder: string,
	replicas: readonly ReplicaRecord[],
	outputs: MeterOutputs,
): Task[] {
	const plots = join(folder, 'plots');
	return replicas.flatMap((record, replica) => {
		const name = `replica_${reported(replica, replicas.length)}`;
		const memory = `${name}_memory_usage`;
		const id = (number: number) => outputs.ids(replica, number);
		const stages = record.stages.map((_, stage) => () => {
			const prefix = `${name}_stage_${reported(stage, record.stages.length)}`;
			writeStage(plots, prefix, { record, stage, id });
		});
		const path = join(plots, `${memory}.json`);
		return [...stages, () => writeMemory(path, memory, { record, outputs, replica })];
	});
}

function reported(index: number, count: number): number {
	return index === 0 ? count : index;
}

interface Meter {
	readonly name: string;
	/** Value of an idle stage. */
	idle(power: PowerCurve): number;
	value(power: PowerCurve, flopsPerSecond: number): number;
	readonly hasPoints: boolean;
}

/** Vidur's power goes by arithmetic alone. */
const powerW: Meter['value'] = (power, flopsPerSecond) => gpuPowerW(power, flopsPerSecond, 0);

const METERS: readonly Meter[] = [
	{ name: 'busy_time_percent', idle: () => 0, value: () => 100, hasPoints: false },
	{
		name: 'mfu',
		idle: () => 0,
		value: ({ peakFlops }, flopsPerSecond) => (100 * flopsPerSecond) / peakFlops,
		hasPoints: true,
	},
	{ name: 'power', idle: ({ idleW }) => idleW, value: powerW, hasPoints: true },
];

interface StageContext {
	readonly record: ReplicaRecord;
	readonly stage: number;
	/** Vidur's number of a batch of this replica. */
	id(number: number): number;
}

function writeStage(plots: string, prefix: string, context: StageContext): void {
	const { record, stage } = context;
	const { power } = record;
	const means = METERS.map((meter) => new SteppedMean(meter.idle(power)));
	for (const batch = new BatchCursor(record, stage); batch.next(); )
		METERS.forEach((meter, i) => {
			const mean = means[i] as SteppedMean;
			mean.put(batch.startS, meter.value(power, batch.flops / batch.durationS));
			if (!Number.isNaN(batch.endS)) mean.put(batch.endS, meter.idle(power));
		});
	if (means[0]?.lengthS === 0) return;
	const files = METERS.map(({ name }, i) => {
		const file = new ByteFile(join(plots, `${prefix}_${name}.json`));
		writeStatistics(file.text('{'), `${prefix}_${name}`, means[i] as SteppedMean);
		return file;
	});
	const withPoints = METERS.flatMap((meter, i) =>
		meter.hasPoints ? [{ meter, file: files[i] as ByteFile }] : [],
	);
	for (const { meter, file } of withPoints)
		file.text(`, "${prefix}_${meter.name}_distribution": [`);
	writePoints(withPoints, context);
	for (const { file } of withPoints) file.text(']');
	for (const file of files) {
		file.text('}\n');
		file.close();
	}
}

/** A point with its batch at each start, and one of the idle stage at each end; all files at once. */
function writePoints(
	outputs: readonly { readonly meter: Meter; readonly file: ByteFile }[],
	{ record, stage, id }: StageContext,
): void {
	const { power, runs, stages } = record;
	const columns = outputs.map(({ meter, file }) => ({
		meter,
		file,
		value: pieceOf(`,"${meter.name}":`),
		idle: pieceOf(`,"${meter.name}":${meter.idle(power)}}`),
	}));
	// Most batches begin where the one before ended.
	const time = new NumberText();
	let separator = FIRST_POINT;
	const [head, ofRun, tail] = [new TextPiece(), new TextPiece(), new TextPiece()];
	for (const batch = new BatchCursor(record, stage); batch.next(); ) {
		const { run, durationS } = batch;
		if (batch.beginsRun) {
			ofRun.clear().piece(NUM_TOKENS).number(runs.tokens.at(run));
			ofRun.piece(BATCH_SIZE).number(runs.decodes.at(run) + runs.prefills.at(run));
			ofRun.piece(EXECUTION_TIME).number(durationS);
			ofRun.piece(MODEL_EXECUTION_TIME).number(durationS).piece(CLOSE);
		}
		const batchId = id(batch.number);
		const hasEnd = !Number.isNaN(batch.endS);
		head.clear().piece(separator).piece(time.of(batch.startS));
		tail.clear().piece(BATCH_ID).number(batchId).piece(BATCH_STAGE_ID);
		tail.number(batchId * stages.length + stage).piece(ofRun);
		if (hasEnd) tail.piece(NEXT_POINT).piece(time.of(batch.endS));
		for (let i = 0; i < columns.length; i++) {
			const { file, meter, value, idle } = columns[i] as (typeof columns)[number];
			file
				.piece(head)
				.piece(value)
				.number(meter.value(power, batch.flops / durationS))
				.piece(tail);
			if (hasEnd) file.piece(idle);
		}
		separator = NEXT_POINT;
	}
}

const FIRST_POINT = pieceOf('{"time":');
const NEXT_POINT = pieceOf(', {"time":');
const BATCH_ID = pieceOf(',"batch_id":');
const BATCH_STAGE_ID = pieceOf(',"batch_stage_id":');
const NUM_TOKENS = pieceOf(',"num_tokens":');
const BATCH_SIZE = pieceOf(',"batch_size":');
const EXECUTION_TIME = pieceOf(',"execution_time":');
const MODEL_EXECUTION_TIME = pieceOf(',"model_execution_time":');
const CLOSE = pieceOf('}');
const MEMORY_USAGE = pieceOf(',"memory_usage":');

/** Its mean is the plain one of the samples and a 0 before them. */
function writeMemory(
	path: string,
	name: string,
	{
		record: { memory },
		outputs,
		replica,
	}: { readonly record: ReplicaRecord; readonly outputs: MeterOutputs; readonly replica: number },
): void {
	const { timeS, value, batch } = memory;
	const isLeftOut = (i: number) => {
		const number = batch?.at(i) ?? -1;
		return number >= 0 && !outputs.isWanted(outputs.ids(replica, number));
	};
	const overTime = new SteppedMean(0);
	let sum = 0;
	let count = 1;
	for (let i = 0; i < value.length; i++) {
		if (isLeftOut(i)) continue;
		sum += value.at(i);
		count++;
		overTime.put(timeS.at(i), value.at(i));
	}
	const { least, most } = overTime;
	const mean = outputs.memoryOverTime ? overTime.mean : sum / count;
	if (Number.isNaN(mean)) return;
	const file = new ByteFile(path);
	writeStatistics(file.text('{'), name, { least, most, mean });
	file.text(`, "${name}_distribution": [`);
	const [at, used] = [new NumberText(), new NumberText()];
	let separator = FIRST_POINT;
	for (let i = 0; i < value.length; i++) {
		if (isLeftOut(i)) continue;
		file
			.piece(separator)
			.piece(at.of(timeS.at(i)))
			.piece(MEMORY_USAGE);
		file.piece(used.of(value.at(i))).piece(CLOSE);
		separator = NEXT_POINT;
	}
	file.text(']}\n');
	file.close();
}

interface Summary {
	readonly least: number;
	readonly most: number;
	readonly mean: number;
}

function writeStatistics(file: ByteFile, name: string, { least, most, mean }: Summary): void {
	file.text(`"${name}_min": ${least}, "${name}_max": ${most}, "${name}_weighted_mean": ${mean}`);
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
