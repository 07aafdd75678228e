import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { readNatsAccess } from '../kernel/bus/nats-access.ts';
import { ConfigError } from '../protocol/errors.ts';
import { addLogFlags, logFlags, logFor } from './log-flags.ts';
import { addNatsFlags, natsEnv } from './nats-flags.ts';
import type { RunLog } from './run-log.ts';

type Set = (work: Promise<number>) => Promise<void>;

interface WorkerFlags {
	readonly kind: string[];
	readonly kinds?: string[];
	readonly as?: string;
	readonly capacity: string;
	readonly labels?: string[];
	readonly run?: string;
	readonly once?: boolean;
	readonly folder: string;
	readonly jobs?: string | true;
	readonly module: string[];
	readonly health?: string;
}

/** Adds `gridbeat worker`; `set` takes the exit code. */
export function addWorker(gridbeat: Command, set: Set): void {
	const worker = gridbeat
		.command('worker')
		.description('run actors for runs that are led elsewhere and wait for them')
		.option('--kind <name...>', 'kinds of actors to run', ['replica'])
		.option('--kinds <name...>', 'the same')
		.option('--as <host>', 'take this place alone, whatever its kinds')
		.option('--capacity <count>', 'places of a run to take at most, in one process', '1')
		.option(
			'--labels <name=value...>',
			'by what scenarios may choose this worker, such as zone=a,gpu=sim',
		)
		.option(
			'--run <id>',
			'take part in this run only; without a server: in one of yours on this machine',
		)
		.option('--once', 'end after one run')
		.option(
			'--folder <folder>',
			'where recorders may write; traces that a run names may be below it or the current folder',
			'runs',
		)
		.option(
			'--module <file...>',
			'modules of kinds of your own that a run may load here (docs/own-kind.md)',
			[],
		)
		.option(
			'--jobs [count]',
			'do whole runs of sweeps, searches and repeats with --workers instead; default: one for each core',
		);
	worker.addOption(
		new Option(
			'--health <port>',
			'answer GET /healthz and /readyz at this port, for whoever keeps the worker running',
		).conflicts('jobs'),
	);
	addLogFlags(addNatsFlags(worker)).action(async (options: WorkerFlags) => {
		const env = natsEnv(options);
		const { run, once, jobs, folder, health } = options;
		const kinds = (options.kinds ?? options.kind).flatMap((names) => names.split(','));
		const modules = options.module.map((path) => resolve(path));
		const hasUrl = (env['NATS_URL'] ?? '') !== '';
		if (!hasUrl && (run === undefined || jobs !== undefined)) {
			throw new ConfigError(
				'Cannot start a worker without a NATS server: give --nats nats://host:4222, or set NATS_URL',
			);
		}
		if (jobs !== undefined) {
			const { runJobs } = await import('./jobs-command.ts');
			return set(runJobs(env, jobs, modules, await openLogOf(options)));
		}
		const [{ runWorker }, { healthAt }, { readServer }] = await Promise.all([
			import('./worker-command.ts'),
			import('./worker-health.ts'),
			import('../run/launch/run-access.ts'),
		]);
		const access = hasUrl ? readNatsAccess(env) : readServer(run ?? '');
		const log = await openLogOf(options);
		const at = { folder: resolve(folder), health: await healthAt(health) };
		const where = { access, env, modules, ...at, log };
		const offer = {
			place: options.as,
			kinds,
			capacity: capacityOf(options.capacity),
			labels: labelsOf(options.labels ?? []),
		};
		const leaving = new AbortController();
		// Asked again, it ends at once.
		process.once('SIGTERM', () => leaving.abort());
		const how = { ...where, ...offer, leaving: leaving.signal };
		return set(runWorker({ ...how, run, once: once === true }));
	});
}

/** What could not be written of it is said where a worker says what it does. */
function openLogOf(options: WorkerFlags): Promise<RunLog | null> {
	return logFor(logFlags(options, process.env), (text) => void process.stdout.write(`${text}\n`));
}

/** @throws ConfigError */
function capacityOf(text: string): number {
	const count = Number(text);
	if (Number.isInteger(count) && count >= 1) return count;
	throw new ConfigError(`Cannot use --capacity "${text}": give a whole number such as 16`);
}

/** @throws ConfigError */
function labelsOf(texts: readonly string[]): Record<string, string> {
	const labels: Record<string, string> = {};
	for (const text of texts.flatMap((some) => some.split(','))) {
		const [, name, value] = /^([A-Za-z][\w-]*)=(.{1,200})$/.exec(text) ?? [];
		if (name === undefined || value === undefined)
			throw new ConfigError(`Cannot use label "${text}": give name=value, such as zone=a`);
		labels[name] = value;
	}
	return labels;
}
