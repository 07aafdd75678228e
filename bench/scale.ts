import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { costOfRun, type RunCost } from './processes.ts';

/** Replicas, and hours that each of them works: the same work in each case. */
const REPLICAS = [
	[10, 200],
	[100, 20],
	[1_000, 2],
] as const;
const QPS_PER_REPLICA = 0.1;
/** The cost per replica may differ by this from case to case. */
const TOLERANCE = 0.2;
const SITES = [1, 10, 100];
const SITES_HOURS = 6;
const DAYS = [3, 30];
const AUTO = ['--processes', 'auto'];
/** The default cap slows GPUs at night, when a request costs several times as much to simulate: cases of other hours would differ by that. */
const SAME_AT_ALL_HOURS = ['--cap', 'none'];

/** Prints what replicas, sites and days cost on one machine with automatic placement. Only on request: it takes minutes. */
export async function benchScale(): Promise<void> {
	if ((await natsBinaryForTests()) === null) {
		console.log('scale: skipped, there is no nats-server');
		return;
	}
	await replicas();
	await sites();
	await days();
}

/** The difference between two lengths is what simulating costs; the rest is starting and ending. */
async function replicas(): Promise<void> {
	const costs: number[] = [];
	for (const [count, hours] of REPLICAS) {
		const run = (minutes: number) =>
			costOfRun([
				...['--replicas', String(count), '--qps', String(QPS_PER_REPLICA * count), ...AUTO],
				...['--until', `${minutes}min`, ...SAME_AT_ALL_HOURS],
			]);
		const short = await run(15 * hours);
		const long = await run(75 * hours);
		const perHourMs = (1000 * (long.cpuS - short.cpuS)) / (count * hours);
		const startS = short.cpuS - (long.cpuS - short.cpuS) / 4;
		costs.push(perHourMs);
		console.log(
			`scale: ${count} replicas: ${perHourMs.toFixed(1)} CPU ms per replica and hour, ` +
				`${startS.toFixed(1)} CPU s to start and end, ${placed(long)}`,
		);
	}
	const spread = Math.max(...costs) / Math.min(...costs) - 1;
	console.log(
		`scale: cost per replica within ${(100 * spread).toFixed(0)} % from ${REPLICAS[0][0]} to ` +
			`${REPLICAS.at(-1)?.[0]} (goal ${100 * TOLERANCE} %)`,
	);
}

async function sites(): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-bench-'));
	try {
		for (const count of SITES) {
			const path = join(folder, `${count}.yaml`);
			writeFileSync(path, JSON.stringify(sitesScenario(count)));
			const run = (hours: number) => costOfRun([path, ...AUTO, '--until', `${hours}h`]);
			const short = await run(1);
			const long = await run(1 + SITES_HOURS);
			const perHourMs = (1000 * (long.cpuS - short.cpuS)) / (count * SITES_HOURS);
			console.log(
				`scale: ${count} sites with a replica each: ${perHourMs.toFixed(1)} CPU ms per site and hour, ` +
					`${long.cpuS.toFixed(1)} CPU s in all, ${placed(long)}`,
			);
		}
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** JSON is YAML. */
function sitesScenario(count: number) {
	const sites = Array.from({ length: count }, (_, i) => ({
		...{ name: `s${i + 1}`, location: i % 2 === 0 ? 'San Francisco' : 'Stockholm' },
		carbon: { source: 'constant', valueGPerKwh: 200 + i },
	}));
	return {
		...{ serving: { replicas: 1 }, requests: { qps: QPS_PER_REPLICA * count } },
		...(count > 1 ? { sites } : { location: 'San Francisco' }),
	};
}

async function days(): Promise<void> {
	const peaks: number[] = [];
	for (const count of DAYS) {
		const cost = await costOfRun([...AUTO, '--qps', '0.1', '--until', `${count}d`]);
		const most = Math.max(...cost.hosts.values());
		peaks.push(most);
		console.log(
			`scale: ${count} days of two replicas at 0.1 requests/s: ${cost.cpuS.toFixed(1)} CPU s, ` +
				`at most ${most.toFixed(0)} MB in a process (${memories(cost)})`,
		);
	}
	console.log(
		`scale: memory of ${DAYS[1]} days is ${((peaks[1] ?? 0) / (peaks[0] ?? 1)).toFixed(2)} times that of ${DAYS[0]}`,
	);
}

function placed(cost: RunCost): string {
	return `${cost.hosts.size} processes of ${memories(cost)}, ${cost.peakMb.toFixed(0)} MB with all others`;
}

function memories({ hosts }: RunCost): string {
	return `${[...hosts.values()].map((mb) => mb.toFixed(0)).join(' and ')} MB`;
}
