import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND_US } from '../protocol/time.ts';
import { type RunHandle, simulate } from '../run/gridbeat.ts';
import { LEADER, type PacedCase, type PacedOutcome } from './realtime.ts';

/** Runs a case on the real clock, with real signals for its faults. */
async function pacedRun({ mode, pace, realS, stepS, faults }: PacedCase): Promise<PacedOutcome> {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-bench-'));
	const pids = new Map([[LEADER, process.pid]]);
	const grants: { atMs: number; lateMs: number }[] = [];
	const faultsMs: number[] = [];
	let setbacks = 0;
	let outcome = '';
	/** Simulated time 0, by the schedule that the run follows. */
	let begun: { realMs: number; wallMs: number } | null = null;
	let handle: RunHandle | null = null;
	let wallMs = 0;
	const inject = async (startedMs: number) => {
		for (const { atS, who, stoppedS } of faults) {
			await sleep(Math.max(0, startedMs + atS * 1000 - performance.now()), undefined, {
				ref: false,
			});
			const pid = pids.get(who);
			if (pid === undefined) throw new Error(`There is no process "${who}": ${[...pids.keys()]}`);
			faultsMs.push(performance.now() - startedMs);
			strike(pid, stoppedS);
		}
	};
	try {
		await simulate(
			{ name: 'paced', until: `${realS * pace}s`, step: `${stepS}s`, pace },
			{
				...{ out: join(folder, 'run'), placement: mode, report: false },
				onHandle(run) {
					handle = run;
				},
				onEvent(event) {
					const nowMs = performance.now();
					if (event.event === 'joined') pids.set(event.host, event.pid);
					if (event.event === 'setback') setbacks = event.setbacks;
					if (event.event === 'ended') outcome = event.outcome;
					if (event.event !== 'granted') return;
					if (begun === null) {
						const sinceMs = (handle?.dueUs() ?? 0) / 1000 / pace;
						begun = { realMs: nowMs - sinceMs, wallMs: Date.now() - sinceMs };
						void inject(nowMs);
					}
					const atMs = nowMs - begun.realMs;
					grants.push({ atMs, lateMs: atMs - (event.fromUs / SECOND_US / pace) * 1000 });
					wallMs = Date.now() - begun.wallMs - atMs;
				},
			},
		);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
	const { user, system } = process.cpuUsage();
	return { grants, faultsMs, setbacks, outcome, wallMs, cpuS: (user + system) / 1e6 };
}

/** By a shell, since this process may be the one that is stopped. */
function strike(pid: number, stoppedS: number | null): void {
	const what =
		stoppedS === null
			? `kill -KILL ${pid}`
			: `kill -STOP ${pid}; sleep ${stoppedS}; kill -CONT ${pid}`;
	spawn('/bin/sh', ['-c', what], { stdio: 'ignore', detached: true }).unref();
}

const [given] = process.argv.slice(2);
if (given !== undefined) {
	process.stdout.write(JSON.stringify(await pacedRun(JSON.parse(given) as PacedCase)), () =>
		process.exit(),
	);
}
