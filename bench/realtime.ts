import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';

/** What is done to a run, so many real seconds after its first window; `who` is a process of it, or the one that leads it. */
export interface Fault {
	readonly atS: number;
	readonly who: string;
	/** It stands still for so long; null: it is killed. */
	readonly stoppedS: number | null;
}

export interface PacedCase {
	readonly mode: 'in-process' | 'processes';
	readonly pace: number;
	/** How long it is to go on, real seconds. */
	readonly realS: number;
	readonly stepS: number;
	readonly faults: readonly Fault[];
}

export interface PacedOutcome {
	/** When windows were granted after the first, real ms, and how late that was. */
	readonly grants: readonly { readonly atMs: number; readonly lateMs: number }[];
	/** When the faults came, real ms after the first window. */
	readonly faultsMs: readonly number[];
	readonly setbacks: number;
	readonly outcome: string;
	/** Of the wall clock against the monotonic clock that the schedule goes by, from the first window to the last, ms. */
	readonly wallMs: number;
	readonly cpuS: number;
}

/** Whoever leads the run: this process. */
export const LEADER = 'leader';

/** Who is late by no more is on time; so much may a run drift in an hour. */
const GOAL_MS = 50;
/** A fault makes windows later than this. */
const LATE_MS = 500;
const [MINUTE_S, HOUR_S] = [60, 3600];
/** A host that stands still for longer is taken for hung, and replaced. */
const STALL_S = 20;
const HUNG_S = 45;

const stop = (minute: number, who: string, stoppedS = STALL_S): Fault => ({
	...{ atS: minute * MINUTE_S, who, stoppedS },
});
const kill = (minute: number, who: string): Fault => ({
	...{ atS: minute * MINUTE_S, who, stoppedS: null },
});

const MINUTES_AT_1: readonly PacedCase[] = (['in-process', 'processes'] as const).map((mode) => ({
	...{ mode, pace: 1, realS: 10 * MINUTE_S, stepS: 1, faults: [stop(4, LEADER)] },
}));

/** Every process of the run stands still or is killed once. */
const HOUR_AT_60: PacedCase = {
	...{ mode: 'processes', pace: 60, realS: HOUR_S, stepS: 10 },
	faults: [
		...[stop(5, 'replica-1'), kill(12, 'replica-1'), stop(20, LEADER), kill(28, 'controller')],
		...[stop(36, 'recorder', HUNG_S), kill(44, 'router'), stop(50, 'solar'), kill(55, 'recorder')],
	],
};

/**
 * Prints how late windows are granted on the real clock, and how soon a run that stood still is where it should be: ten
 * minutes at speed 1 with a stall, in one process and over processes. Only on request: it takes ten minutes, and idles.
 */
export const benchRealtime = (): Promise<void> => benchCases(MINUTES_AT_1);

/** The same of an hour at speed 60, over processes, with kills and stalls. */
export const benchRealtimeHour = (): Promise<void> => benchCases([HOUR_AT_60]);

/** Beside each other: they wait most of the time. */
async function benchCases(cases: readonly PacedCase[]): Promise<void> {
	if ((await natsBinaryForTests()) === null) {
		console.log('realtime: skipped, there is no nats-server');
		return;
	}
	const outcomes = await Promise.all(cases.map(runOf));
	for (const [i, outcome] of outcomes.entries()) tell(cases[i] as PacedCase, outcome);
}

function tell({ mode, pace, realS, faults }: PacedCase, outcome: PacedOutcome): void {
	const { grants, faultsMs, setbacks, wallMs, cpuS } = outcome;
	const onTime = grants.filter(({ atMs }) => !isCatchingUp(outcome, atMs));
	const minute = (from: number) =>
		onTime.filter(({ atMs }) => atMs >= from && atMs < from + MINUTE_S * 1000);
	const [first, last] = [minute(0), minute((realS - MINUTE_S) * 1000)].map((some) =>
		quantile(
			some.map(({ lateMs }) => lateMs),
			0.5,
		),
	);
	const late = onTime.map(({ lateMs }) => lateMs);
	const lates = [0.5, 0.99, 1].map((q) => quantile(late, q).toFixed(1)).join(', ');
	const lag = (grants.at(-1)?.lateMs ?? Number.NaN).toFixed(1);
	console.log(
		`realtime: ${realS / MINUTE_S} minutes at speed ${pace}, ${mode}, ${outcome.outcome}: ${grants.length} windows, late by ${lates} ms at the median, 99 % and most; ` +
			`drift of the median from the first minute to the last ${((last ?? Number.NaN) - (first ?? Number.NaN)).toFixed(2)} ms, the last window ${lag} ms late (goal ${GOAL_MS} ms); ` +
			`the system's clock against the monotonic one ${wallMs.toFixed(1)} ms; ${setbacks} setbacks; ${cpuS.toFixed(1)} CPU s of the process that leads it`,
	);
	for (const [i, { who, stoppedS }] of faults.entries()) {
		const atMs = faultsMs[i];
		if (atMs === undefined) continue;
		const most = Math.max(0, ...between(outcome, i).map(({ lateMs }) => lateMs));
		const how = stoppedS === null ? 'is killed' : `stands still for ${stoppedS} s`;
		const took = (backMs(outcome, i) - atMs) / 1000 - (stoppedS ?? 0);
		console.log(
			`realtime:   minute ${(atMs / 60_000).toFixed(0)}, ${who} ${how}: ${(most / 1000).toFixed(1)} s late at most, on time again after ${took.toFixed(1)} s`,
		);
	}
}

/** From a fault to the next. */
function between({ grants, faultsMs }: PacedOutcome, i: number): PacedOutcome['grants'] {
	const [from, to] = [faultsMs[i] ?? 0, faultsMs[i + 1] ?? Number.POSITIVE_INFINITY];
	return grants.filter(({ atMs }) => atMs > from && atMs < to);
}

/** When the first window was on time again, after those that a fault has made late. */
function backMs(outcome: PacedOutcome, i: number): number {
	const after = between(outcome, i);
	const late = after.findIndex(({ lateMs }) => lateMs > LATE_MS);
	return after.find(({ lateMs }, at) => at > late && lateMs <= GOAL_MS)?.atMs ?? Number.NaN;
}

function isCatchingUp(outcome: PacedOutcome, atMs: number): boolean {
	return outcome.faultsMs.some((fromMs, i) => atMs > fromMs && atMs < backMs(outcome, i));
}

/** Each in a process of its own, since that may be stopped. */
function runOf(one: PacedCase): Promise<PacedOutcome> {
	const script = fileURLToPath(new URL('./realtime-run.js', import.meta.url));
	const child = spawn(process.execPath, [script, JSON.stringify(one)], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	let said = '';
	child.stdout.on('data', (chunk: Buffer) => {
		said += chunk.toString();
	});
	return new Promise((resolve, reject) => {
		child.on('close', (code) =>
			code === 0 ? resolve(JSON.parse(said)) : reject(new Error(`the run ended with ${code}`)),
		);
	});
}

function quantile(values: readonly number[], q: number): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
