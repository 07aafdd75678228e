import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@nats-io/transport-node';
import type { NatsAccess } from '../kernel/bus/nats-access.ts';
import { natsOptions } from '../kernel/bus/nats-options.ts';
import { projectFile } from '../kernel/files/project-file.ts';
import { ensureNatsServer } from '../kernel/nats-server/ensure.ts';
import { usToSeconds } from '../protocol/time.ts';
import { launchInProcess, launchProcesses, type Watcher } from '../run/launch/launch.ts';
import { place } from '../run/launch/placement.ts';
import { frameOf } from '../run/resolve/plan.ts';
import { castOf } from '../run/resolve/roster.ts';
import { Scenario } from '../run/resolve/scenario.ts';
import type { RunPlan } from '../services/coordinator/run-plan.ts';
import { pythonWithVessim, VESSIM_VERSION } from '../tests/vessim-python.ts';

const PING_MS = 2_000;
const VESSIM_DAYS = 14;

/**
 * Steps per second of CPU time of Vessim with its recorder, on the same microgrid and in the same minute; null
 * where it is not installed.
 */
function vessimRate(): number | null {
	const python = pythonWithVessim();
	if (python === null) return null;
	const script = projectFile('bench/vessim-microgrid.py');
	return Number(execFileSync(python, [script, String(VESSIM_DAYS)]).toString());
}

/** Round trips per second of a bare request-reply between two processes on a server. */
async function pingPong(access: NatsAccess): Promise<number> {
	const echo = spawn(
		process.execPath,
		[fileURLToPath(new URL(`echo${extname(import.meta.url)}`, import.meta.url))],
		{
			stdio: ['pipe', 'pipe', 'inherit'],
		},
	);
	echo.stdin.write(`${JSON.stringify(access)}\n`);
	await once(echo.stdout, 'data');
	const connection = await connect(natsOptions(access));
	// A row of a closed loop as it is on the wire: some 150 bytes.
	const payload = new Uint8Array(150);
	const turn = async (ms: number) => {
		const startedMs = performance.now();
		let count = 0;
		while (performance.now() - startedMs < ms) {
			await connection.request('bench.ping', payload, { timeout: 5_000 });
			count++;
		}
		return (1000 * count) / (performance.now() - startedMs);
	};
	await turn(500);
	const rate = await turn(PING_MS);
	await connection.close();
	echo.stdin.end();
	await once(echo, 'close');
	return rate;
}

/** A day of PV output in five-minute means, again and again. */
function writeSolarTrace(path: string, days: number): void {
	const rows = ['time,power'];
	for (let i = 0; i < days * 288; i++) {
		const power = 1500 * Math.max(0, Math.sin(((i % 288) / 288 - 0.25) * 2 * Math.PI));
		rows.push(`${i * 300},${power}`);
	}
	writeFileSync(path, rows.join('\n'));
}

/**
 * The microgrid of Vessim's README: a constant load, traced solar, a battery, a carbon signal and a log. The
 * loop between controller and battery decides the pace.
 */
function microgridPlan(days: number, mode: Scenario['placement']['mode'], folder: string): RunPlan {
	const path = join(folder, 'solar.csv');
	writeSolarTrace(path, days);
	const scenario = Scenario.parse({
		serving: null,
		until: `${days}d`,
		window: '1d',
		carbon: { source: 'constant', valueGPerKwh: 300 },
		solar: [],
		loads: [
			{ type: 'constant', name: 'server', powerW: 700 },
			{ type: 'trace', name: 'solar', path, sign: 'producer', sampling: 'start' },
		],
		placement: {
			mode,
			hosts: mode === 'processes' ? { rest: ['server', 'solar', 'carbon', 'recorder'] } : {},
		},
	});
	const frame = frameOf(scenario);
	const carbon = { type: 'constant', valueGPerKwh: 300, kind: 'average' } as const;
	const site = {
		...{ scenario, frame, carbon, marginal: null, price: null, exports: null, forecasts: null },
		...{ metadata: {}, origins: null, own: [], feeds: new Map() },
		folder: join(folder, 'run'),
		root: join(folder, 'run'),
		run: null,
		isSteered: false,
	};
	const cast = castOf({
		scenario,
		frame,
		sites: [site],
		network: null,
		isServed: false,
		arrivalsLog: null,
	});
	const { roster, external } = place(cast.actors, scenario.placement);
	const { seed, untilUs, windowUs } = frame;
	const wires = cast.wires;
	return { run: `bench-${mode}`, seed, untilUs, windowUs, roster, wires, external, pace: null };
}

interface StepRate {
	readonly perS: number;
	/** Of this process alone. */
	readonly perCpuS: number;
}

/** Steps per second between the end of the first window and the end of the run. */
async function stepRate(
	days: number,
	mode: Scenario['placement']['mode'],
	launch: (plan: RunPlan, watcher: Watcher) => ReturnType<typeof launchInProcess>,
): Promise<StepRate> {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-bench-'));
	try {
		const now = (us: number) => {
			const { user, system } = process.cpuUsage();
			return { ms: performance.now(), cpuMs: (user + system) / 1000, us };
		};
		let first: ReturnType<typeof now> | null = null;
		let last = now(0);
		const watcher: Watcher = {
			notice: (text) => void process.stderr.write(`${text}\n`),
			progress: () => {},
			windowDone(us) {
				last = now(us);
				first ??= last;
			},
		};
		const { end } = await launch(microgridPlan(days, mode, folder), watcher);
		const { error } = await end;
		if (error !== null) throw error;
		const begin = first ?? last;
		const steps = usToSeconds(last.us - begin.us) / 60;
		return {
			perS: steps / ((last.ms - begin.ms) / 1000),
			perCpuS: steps / ((last.cpuMs - begin.cpuMs) / 1000),
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Prints how the closed loop compares with a bare ping-pong and with one process. */
export async function benchLockstep(): Promise<void> {
	const server = await ensureNatsServer({ say: (text) => void process.stderr.write(`${text}\n`) });
	if (server.type === 'none') {
		process.stdout.write(`lockstep: skipped, ${server.describe}\n`);
		return;
	}
	const before = await pingPong(server.access);
	const nats = await stepRate(8, 'processes', (plan, watcher) =>
		launchProcesses(plan, { ...server, joinKey: null, folder: tmpdir() }, watcher),
	);
	const after = await pingPong(server.access);
	await server.stop();
	const vessim = vessimRate();
	const inProcess = await stepRate(400, 'in-process', launchInProcess);
	const ping = (before + after) / 2;
	const lines = [
		`ping-pong, bare request-reply of two processes   ${rate(ping)} round trips/s`,
		`closed loop over NATS, a process per loop actor  ${rate(nats.perS)} steps/s = ${(nats.perS / ping).toFixed(2)} of the ping-pong (goal 0.80)`,
		`closed loop in one process                       ${rate(inProcess.perS)} steps/s = ${(inProcess.perS / nats.perS).toFixed(1)} x NATS (goal 20)`,
		vessim === null
			? `against Vessim ${VESSIM_VERSION}: skipped, it is not installed (make peers)`
			: `the same by CPU time                             ${rate(inProcess.perCpuS)} steps/s = ${(inProcess.perCpuS / vessim).toFixed(0)} x the ${rate(vessim).trim()} of Vessim ${VESSIM_VERSION} with its recorder (goal 30)`,
	];
	process.stdout.write(`${lines.join('\n')}\n`);
}

function rate(value: number): string {
	return Math.round(value).toLocaleString('en-US').padStart(10);
}
