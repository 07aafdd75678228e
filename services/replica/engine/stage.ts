import { frequencyRatio, powerAtRatioW, slowdown } from '../../../silicon/dvfs.ts';
import { gpuPowerW, memoryPowerW, type PowerCurve } from '../../../silicon/power.ts';
import type { BatchSummary } from '../../../silicon/predictor/predictor.ts';
import type { BatchTraffic } from '../../../silicon/traffic.ts';
import { createSums, type StepSums } from './step-sums.ts';

/** A batch on its way through the pipeline. */
export interface FlightBatch extends BatchTraffic {
	/** In the order in which the replica formed them. */
	number: number;
	readonly slots: number[];
	readonly tokens: number[];
	/** Processed tokens of its requests if all of them decode, -1 otherwise. */
	decodeTokens: number;
	/** Their mean in steps of the prices' granularity. */
	priceStep: number;
	formedS: number;
	/** What its price follows from. */
	readonly summary: BatchSummary;
	/** Time on a stage that is not the last, and on the last, at full clock, in seconds. */
	sendingS: number;
	lastS: number;
	/** Operations on one device of each stage. */
	flops: number;
	/** How many of its requests are at their prompt, and their part of the operations. */
	prompts: number;
	promptFlops: number;
	/** Their part of the bytes beside what is read once for all. */
	promptBytes: number;
	/** Energy so far, of one GPU of each stage: its base, that of memory and that of arithmetic (energy-shares.ts). */
	baseJ: number;
	memoryJ: number;
	computeJ: number;
	/** Time of its stages so far, in seconds. */
	executedS: number;
	/** Start on the first stage, end on the latest, NaN before; time between stages. */
	firstStartS: number;
	lastEndS: number;
	waitedS: number;
}

/** One pipeline stage: its queue, the batch it works on, and what its GPUs draw. */
export interface StageState extends StepSums {
	fifo: FlightBatch[];
	batch: FlightBatch | null;
	/** Orders the ends of stages at the same instant. */
	order: number;
	startS: number;
	/** Infinity when idle. */
	endS: number;
	/** Time at full clock. */
	durationS: number;
	meteredS: number;
	powerW: number;
	ratio: number;
	stretch: number;
}

/** A stage without work. */
export function createStage(): StageState {
	return {
		fifo: [],
		batch: null,
		order: 0,
		startS: 0,
		endS: Number.POSITIVE_INFINITY,
		durationS: 0,
		meteredS: 0,
		powerW: 0,
		ratio: 1,
		stretch: 1,
		...createSums(),
	};
}

/** What a stage must know to begin a batch. */
export interface StageStart {
	readonly nowS: number;
	readonly durationS: number;
	readonly capW: number;
	readonly order: number;
}

/** Puts the idle stage to work. */
export function beginOnStage(
	power: PowerCurve,
	stage: StageState,
	batch: FlightBatch,
	{ nowS, durationS, capW, order }: StageStart,
): void {
	stage.batch = batch;
	stage.order = order;
	stage.startS = nowS;
	stage.meteredS = nowS;
	stage.durationS = durationS;
	stage.batches++;
	setClock(power, stage, capW);
	stage.endS = nowS + (stage.stretch === 1 ? durationS : durationS * stage.stretch);
}

/** Lets another cap act from `nowS` on; what remains of the batch takes as its new clock says. */
export function capStage(power: PowerCurve, stage: StageState, nowS: number, capW: number): void {
	if (stage.batch === null || stage.endS <= nowS) return;
	meterStage(power, stage, nowS);
	const { stretch } = stage;
	setClock(power, stage, capW);
	if (stage.stretch !== stretch)
		stage.endS = nowS + ((stage.endS - nowS) / stretch) * stage.stretch;
}

function setClock(power: PowerCurve, stage: StageState, capW: number): void {
	const { flops, paddedFlops } = stage.batch ?? { flops: 0, paddedFlops: 0 };
	const rate = (flops + paddedFlops) / stage.durationS;
	const fullW = gpuPowerW(power, rate, (stage.batch?.bytes ?? 0) / stage.durationS);
	stage.ratio = frequencyRatio(power, fullW, capW);
	stage.stretch = stage.ratio === 1 ? 1 : slowdown(power, rate, stage.ratio);
	stage.powerW = stage.ratio === 1 ? fullW : powerAtRatioW(power, fullW, stage.ratio);
}

/** Meters the batch on the stage from where it was last metered until `untilS`. */
export function meterStage(power: PowerCurve, stage: StageState, untilS: number): void {
	const { batch } = stage;
	if (batch === null) return;
	const spanS = untilS - stage.meteredS;
	const { powerW } = stage;
	const memoryW =
		power.traffic === null ? 0 : memoryPowerW(power, powerW, batch.bytes / stage.durationS);
	const baseJ = power.baseW * spanS;
	const memoryJ = memoryW * spanS;
	const computeJ = (powerW - power.baseW - memoryW) * spanS;
	const members = batch.slots.length;
	const promptFlops = batch.promptFlops + (batch.paddedFlops * batch.prompts) / members;
	let promptJ =
		(baseJ * batch.prompts) / members +
		computeJ * (promptFlops / (batch.flops + batch.paddedFlops));
	if (memoryJ > 0) {
		const promptBytes = (batch.onceBytes * batch.prompts) / members + batch.promptBytes;
		promptJ += memoryJ * (promptBytes / batch.bytes);
	}
	batch.baseJ += baseJ;
	batch.memoryJ += memoryJ;
	batch.computeJ += computeJ;
	stage.prefillJ += promptJ;
	stage.decodeJ += baseJ + computeJ + memoryJ - promptJ;
	stage.energyJ += stage.powerW * spanS;
	stage.flops += (batch.flops / (stage.durationS * stage.stretch)) * spanS;
	stage.busyS += spanS;
	stage.slowedS += (1 - stage.ratio) * spanS;
	stage.meteredS = untilS;
}

/** Time that the stage's batch took on it: without a cap its price, not the difference of clock readings. */
export function stageTimeS(stage: StageState): number {
	return stage.stretch === 1 && stage.startS + stage.durationS === stage.endS
		? stage.durationS
		: stage.endS - stage.startS;
}

/** What there is to report of a batch on a stage before it ends. */
export function recordOf({ startS }: StageState, batch: FlightBatch) {
	const { number, formedS, summary, flops, tokens } = batch;
	return { batch: number, count: 1, formedS, startS, summary, flops, flopsRise: 0, tokens };
}
