import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { costOfRun } from './processes.ts';

/** The default run ends before its first checkpoint is due; the longer one has it. */
const OVERHEAD_DAYS = [1, 3];
const PAIRS = 4;
/** What checkpoints may take of a run, and how long it may take to go on after a loss, beside a window. */
const [OVERHEAD_GOAL, RECOVER_GOAL_S] = [0.05, 2];
const VICTIMS = ['replica-1', 'recorder', 'controller'];
/** Windows that are complete before a process is killed. */
const WINDOWS_BEFORE = 8;

/** Prints what checkpoints cost a default run, and how long it takes to go on after a kill -9. Only on request: it takes minutes. */
export async function benchRecovery(): Promise<void> {
	if ((await natsBinaryForTests()) === null) {
		console.log('recovery: skipped, there is no nats-server');
		return;
	}
	for (const days of OVERHEAD_DAYS) await overhead(days);
	for (const victim of VICTIMS) await recovering(victim);
}

/** Pairs one after the other, since the machine may be busy with other things now and not then. */
async function overhead(days: number): Promise<void> {
	const ratios: { cpu: number; wall: number }[] = [];
	let [cpuS, wallS] = [0, 0];
	for (let pair = 0; pair < PAIRS; pair++) {
		const run = (keeping: string) =>
			costOfRun(['--until', `${days}d`], { env: { GRIDBEAT_CHECKPOINT_MS: keeping } });
		const order = pair % 2 === 0 ? ['auto', 'never'] : ['never', 'auto'];
		const costs = new Map<string, Awaited<ReturnType<typeof run>>>();
		for (const keeping of order) costs.set(keeping, await run(keeping));
		const [withThem, without] = [costs.get('auto'), costs.get('never')];
		if (withThem === undefined || without === undefined) continue;
		ratios.push({ cpu: withThem.cpuS / without.cpuS, wall: withThem.wallS / without.wallS });
		cpuS += without.cpuS / PAIRS;
		wallS += without.wallS / PAIRS;
	}
	const percent = (key: 'cpu' | 'wall') => {
		const sorted = ratios.map((one) => 100 * (one[key] - 1)).sort((a, b) => a - b);
		const from = (at: number) => (sorted.at(at) ?? 0).toFixed(1);
		return `${median(sorted).toFixed(1)} % (${from(0)} to ${from(-1)})`;
	};
	console.log(
		`recovery: the default run of ${days} days (${cpuS.toFixed(1)} CPU s, ${wallS.toFixed(1)} s) takes with checkpoints more than without by ` +
			`${percent('cpu')} of CPU time and ${percent('wall')} of time, medians of ${PAIRS} pairs (goal ${100 * OVERHEAD_GOAL} %)`,
	);
}

interface Event {
	readonly event: string;
	readonly time: string;
	readonly host?: string;
	readonly pid?: number;
	readonly attempt?: number;
}

async function recovering(victim: string): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-bench-'));
	const log = join(folder, 'run.log');
	try {
		let killedMs: number | null = null;
		const cost = await costOfRun(['--log', log, '--log-level', 'debug', '--until', '2d'], {
			look() {
				if (killedMs !== null) return;
				const events = eventsIn(log);
				const pid = events.find(({ event, host }) => event === 'joined' && host === victim)?.pid;
				const windows = events.filter(({ event }) => event === 'completed').length;
				if (pid === undefined || windows < WINDOWS_BEFORE) return;
				killedMs = Date.now();
				process.kill(pid, 'SIGKILL');
			},
		});
		const events = eventsIn(log);
		const ms = (one: Event | undefined) => Date.parse(one?.time ?? '');
		const granted = events.filter(({ event }) => event === 'granted');
		const next = granted.find((one) => (one.attempt ?? 0) > 0);
		const told = events.find(({ event }) => event === 'setback');
		const windowsMs = granted.slice(1, WINDOWS_BEFORE).map((one, i) => ms(one) - ms(granted[i]));
		if (killedMs === null || next === undefined) throw new Error(`nothing was lost: ${cost.said}`);
		const tookS = (ms(next) - killedMs) / 1000;
		console.log(
			`recovery: kill -9 of ${victim}, one of ${cost.hosts.size} processes: noticed after ${ms(told) - killedMs} ms, ` +
				`the next window granted after ${tookS.toFixed(2)} s; a window takes ${median(windowsMs).toFixed(0)} ms (goal ${RECOVER_GOAL_S} s and a window)`,
		);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function eventsIn(log: string): Event[] {
	if (!existsSync(log)) return [];
	const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1);
	return lines.map((line) => JSON.parse(line) as Event);
}

function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
