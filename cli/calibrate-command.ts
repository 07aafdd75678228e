import { resolve } from 'node:path';
import Table from 'cli-table3';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { writeWhole } from '../kernel/files/write-whole.ts';
import { EXIT } from '../kernel/host/program.ts';
import { ConfigError } from '../protocol/errors.ts';
import { readScenario } from '../run/resolve/scenario-file.ts';
import { scenarioFrom } from '../run/resolve/scenario-source.ts';
import { type Calibrated, calibrate, FITTED, type Fitted } from '../studies/calibrate/calibrate.ts';
import { readLogs } from '../studies/calibrate/read-log.ts';
import { scenarioOptions } from './flags.ts';
import { printJson } from './json-output.ts';

interface CalibrateFlags {
	readonly scenario?: string;
	readonly fit?: string;
	readonly holdOut: string;
	readonly by: string;
	readonly engine?: string;
	readonly date?: string;
	readonly out: string;
	readonly json?: boolean;
}

/** Adds `gridbeat calibrate`; `set` takes the exit code. */
export function addCalibrate(
	gridbeat: Command,
	set: (work: Promise<number>) => Promise<void>,
): void {
	const overrides = new Map<string, unknown>();
	const command = gridbeat
		.command('calibrate')
		.description(
			'fit overheads and power to a run of your own engine, and write a calibration file',
		)
		.argument(
			'<log...>',
			'requests (vllm bench serve --save-detailed, JSON lines, CSV, Prometheus export), and power (nvidia-smi, DCGM); see docs/calibration.md',
		)
		.option('--scenario <file>', 'its serving is what was run; default: one replica, and the flags')
		.option('--fit <list>', `of ${FITTED.join(', ')}; default: all that the logs tell`)
		.option('--hold-out <fraction>', 'part of the log that is not fitted', '0.3')
		.option('--by <how>', 'time: the end of the log is held out; requests: each so-manieth', 'time')
		.option('--engine <text>', 'for the file, such as "vLLM 0.15.1"')
		.option('--date <date>', 'for the file, when it was measured; default: today')
		.option('--out <file>', 'the file that is written', 'calibration.yaml')
		.option('--json', 'print what is written as JSON, all else to standard error');
	for (const { option, flag } of scenarioOptions()) {
		if (!flag.key.startsWith('serving.')) continue;
		option.argParser((value: string) => {
			overrides.set(flag.key, flag.parse(value));
			return value;
		});
		command.addOption(option);
	}
	command.action((logs: string[], options: CalibrateFlags) =>
		set(runCalibrate(logs, overrides, options)),
	);
}

async function runCalibrate(
	paths: readonly string[],
	overrides: ReadonlyMap<string, unknown>,
	options: CalibrateFlags,
): Promise<number> {
	const serving = servingOf(options, overrides);
	const asked = askedOf(options);
	const logs = readLogs(paths);
	const say = (text: string) => void process.stderr.write(`${text}\n`);
	const found = await calibrate(logs, { serving, ...asked, onProgress: say });
	const out = resolve(options.out);
	writeWhole(out, stringify(found.file, { lineWidth: 0 }));
	for (const note of found.notes) say(`requests: ${note}`);
	if (options.json === true) {
		const { file, notes, open, runs } = found;
		printJson('calibrate', { path: out, ...file, notes: [...notes], open: [...open], runs });
		return EXIT.done;
	}
	process.stdout.write(`${textOf(found)}\nwrote ${options.out}; use it with serving.calibration\n`);
	return EXIT.done;
}

function servingOf({ scenario }: CalibrateFlags, overrides: ReadonlyMap<string, unknown>) {
	const own = new Map(overrides);
	// One engine was logged, unless somebody says otherwise.
	if (scenario === undefined && !own.has('serving.replicas')) own.set('serving.replicas', 1);
	const { serving } = scenario === undefined ? fromFlags(own) : readScenario(scenario, own);
	if (serving === null)
		throw new ConfigError(`Cannot calibrate by "${scenario}": it has no serving`);
	return serving;
}

function fromFlags(values: ReadonlyMap<string, unknown>) {
	const root: Record<string, unknown> = {};
	for (const [key, value] of values) {
		const keys = key.split('.');
		let node = root;
		for (const name of keys.slice(0, -1)) {
			node[name] ??= {};
			node = node[name] as Record<string, unknown>;
		}
		node[keys.at(-1) as string] = value;
	}
	return scenarioFrom(root);
}

function askedOf({ fit, holdOut, by, engine, date }: CalibrateFlags) {
	const fraction = Number(holdOut);
	if (!(fraction >= 0.05 && fraction <= 0.9))
		throw new ConfigError(`Cannot use --hold-out "${holdOut}": give a part from 0.05 to 0.9`);
	if (by !== 'time' && by !== 'requests')
		throw new ConfigError(`Cannot use --by "${by}": give time or requests`);
	const names = fit?.split(',').map((name) => name.trim()) ?? null;
	const unknown = names?.find((name) => !FITTED.some((known) => known === name));
	if (unknown !== undefined)
		throw new ConfigError(`Cannot use --fit "${unknown}": give some of ${FITTED.join(', ')}`);
	const today = new Date().toISOString().slice(0, 10);
	if (date !== undefined && !/^\d{4}-\d\d-\d\d$/.test(date))
		throw new ConfigError(`Cannot use --date "${date}": give one such as 2026-03-04`);
	return {
		fitted: names as readonly Fitted[] | null,
		heldOut: { by, fraction } as const,
		...{ engine: engine ?? null, date: date ?? today },
	};
}

function textOf({ file, open, runs }: Calibrated): string {
	const table = new Table({
		head: ['', 'of', 'count', 'error', 'bias', 'p50', 'p90', 'p99'],
		style: { head: [], border: [] },
		colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
	});
	const change = (before: number | null, after: number | null) =>
		before === null || after === null ? '-' : `${before.toFixed(1)} > ${after.toFixed(1)} %`;
	for (const { figure, of, count, before, after } of file.errors)
		table.push([
			...[figure, of, count],
			change(before.meanPercent, after.meanPercent),
			change(before.biasPercent, after.biasPercent),
			change(before.p50Percent, after.p50Percent),
			change(before.p90Percent, after.p90Percent),
			change(before.p99Percent, after.p99Percent),
		]);
	const { roofline, ...power } = file.power ?? {};
	const values = Object.entries({ ...file.overheads, ...power, ...roofline }).map(
		([name, value]) =>
			`${name} ${value}${open.includes(name) ? ' (not told by this log: near the value before)' : ''}`,
	);
	return [
		table.toString(),
		'Errors against the log, before > after. Mean without sign, bias and quantiles in percent of what was measured.',
		...values,
		`${runs} runs`,
	].join('\n');
}
