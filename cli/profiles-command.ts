import { existsSync } from 'node:fs';
import Table from 'cli-table3';
import type { Command } from 'commander';
import { readInputText } from '../kernel/files/input-file.ts';
import { ConfigError } from '../protocol/errors.ts';
import { PLAINLY } from '../protocol/plain-issue.ts';
import { predictors } from '../silicon/fit/import-profile.ts';
import { kernelsNamed } from '../silicon/kernels/name.ts';
import { scaledErrorProblems, tableProblems } from '../silicon/profile/check.ts';
import {
	findProfile,
	profiles,
	reproductionName,
	unknownProfile,
} from '../silicon/profile/choose.ts';
import {
	describeProfile,
	describeReproduction,
	type ProfileDescription,
} from '../silicon/profile/describe.ts';
import type { HeldOut } from '../silicon/profile/held-out-error.ts';
import { loadTables } from '../silicon/profile/load.ts';
import { findModel } from '../silicon/profile/load-cards.ts';
import { fileOrigin } from '../silicon/profile/origin.ts';
import { Profile } from '../silicon/profile/profile.ts';
import { printJson } from './json-output.ts';
import { errorText, type ImportOptions, importInto, percent } from './profiles-import.ts';
import { type KernelOptions, kernelsThere, showKernels } from './profiles-kernels.ts';

/** Exit codes of `profiles check`: everything is in order, or something is not. */
const CHECKED = { good: 0, bad: 1 } as const;

type Print = (text: string) => void;

/** Adds `gridbeat profiles` with its four commands; `set` takes the exit code. */
export function addProfiles(
	gridbeat: Command,
	set: (work: Promise<number>) => Promise<void>,
): void {
	const print: Print = (text) => void process.stdout.write(`${text}\n`);
	const command = gridbeat
		.command('profiles')
		.description('latency profiles: what there is, how good it is, and how to bring your own');
	command
		.command('list')
		.description('list the profiles with their labels and errors at held-out points')
		.option('--model <text>', 'only models whose name contains this')
		.option('--device <name>', 'only this GPU')
		.option('--json', 'print as JSON')
		.action((options: ListOptions) => list(options, print));
	command
		.command('show')
		.description('show the parts of a profile, their sources and errors')
		.argument('<name>', 'a name from the list, the path of an imported profile, or kernels')
		.option('--device <name>', 'of kernels: the GPU')
		.option('--model <name>', 'of kernels: the model whose step is shown, operator by operator')
		.option('--tensor-parallel <count>', 'of kernels: GPUs that share each layer')
		.option('--expert-parallel', 'of kernels: whole experts are spread over these')
		.option('--json', 'print as JSON')
		.action((name: string, options: KernelOptions) =>
			kernelsNamed(name) === null
				? show(name, options.json === true, print)
				: showKernels(name, options, print),
		);
	command
		.command('check')
		.description('load profiles, look for impossible times, and recompute stated errors')
		.argument('[name]', 'one profile; default: all')
		.option('--json', 'print as JSON')
		.action((name: string | undefined, options: { json?: boolean }) =>
			set(Promise.resolve(check(name ?? null, options.json === true, print))),
		);
	command
		.command('import')
		.description(
			'make a profile of a Vidur data/profiling tree, of tables, or of kernels measured in an engine',
		)
		.argument(
			'<dir>',
			'folder with compute/ and network/, with token_ops.csv, attn_decode.csv, attn_prefill.csv, with LLMServingSim’s dense.csv, or with *_perf.parquet',
		)
		.option('--model <name>', 'model, or path of a model card (.yaml); kernels are of none')
		.option(
			'--device <name>',
			'GPU: the folder below compute/, or path of a device card (.yaml); kernels have FOLDER.yaml',
		)
		.option('--tensor-parallel <count>', 'GPUs that share each layer', '1')
		.option('--network <folder>', 'folder below network/; default: DEVICE_pairwise_nvlink')
		.option(
			'--borrow-network <device>',
			'collectives of another GPU where there are none: a100, a100:dgx, h100, …',
		)
		.option('--predictor <name>', predictors.join(', '), 'interpolate')
		.option('--out <file>', 'file to write; default: MODEL-DEVICE-tpN.json here')
		.option('--memory-gb <number>', 'of a GPU without a card, to make one: its memory, GiB')
		.option('--tflops <number>', 'its peak dense FP16 rate, 10^12 operations a second')
		.option('--idle-w <watts>', 'what it draws idle; without power no run starts')
		.option('--max-w <watts>', 'what it draws at most')
		.option('--engine-version <text>', 'of kernels: the version that counts; default: the newest')
		.option('--source <text>', 'of kernels: where they are from; default: the name of the folder')
		.option('--json', 'print as JSON')
		.action((folder: string, options: ImportOptions) =>
			set(importInto(folder, options, print).then(() => CHECKED.good)),
		);
	for (const one of command.commands) one.exitOverride();
}

interface ListOptions {
	readonly model?: string;
	readonly device?: string;
	readonly json?: boolean;
}

function list(options: ListOptions, print: Print): void {
	const found = profiles
		.filter(({ model }) => model.toLowerCase().includes((options.model ?? '').toLowerCase()))
		.filter(({ device }) => options.device === undefined || device === options.device)
		.map(describeProfile);
	if (found.length === 0)
		throw new ConfigError(
			'Cannot list profiles: none is of this model and device; gridbeat profiles list shows all',
		);
	if (options.json === true) {
		const named = found.map((one) => ({ ...one, reproduction: reproductionName(one.name) }));
		printJson('profiles', { profiles: named, kernels: kernelsThere() });
		return;
	}
	const table = new Table({
		head: ['profile', 'label', 'operators', 'decode', 'prompt', 'network'],
		style: { head: [], border: [] },
	});
	for (const { name, label, parts } of found)
		table.push([name, label, ...parts.map(({ label: of, error }) => `${of}${short(error)}`)]);
	print(table.toString());
	print('Figures: median relative error at points held out (gridbeat profiles show NAME has all).');
	const there = kernelsThere().map(({ gpu, versions }) => `${gpu} (${versions.join(', ')})`);
	print(
		`kernels, of any model: measured in vLLM on ${there.join(', ')} (gridbeat profiles show kernels --device NAME).`,
	);
	print(
		`Each is also there as ${reproductionName('NAME')}: with what Vidur's profiling and regression add.`,
	);
}

function short(error: HeldOut | null): string {
	return error === null ? '' : ` ${percent(error.median)}`;
}

function show(name: string, json: boolean, print: Print): void {
	const found = findProfile(name);
	if (found === null && !existsSync(name)) throw unknown(name);
	const described = found?.isReproduction === true ? describeReproduction : describeProfile;
	const shown = found === null ? readImported(name) : described(found.key);
	if (json) {
		printJson('profile', { profile: shown });
		return;
	}
	const rows: [string, string][] =
		'parts' in shown ? descriptionRows(shown) : Object.entries(shown).map(([k, v]) => [k, text(v)]);
	const table = new Table({ style: { head: [], border: [] } });
	for (const row of rows) table.push(row);
	print(table.toString());
}

function descriptionRows(shown: ProfileDescription): [string, string][] {
	const { parts, ...key } = shown;
	const rows = Object.entries(key).map(([name, value]): [string, string] => [name, text(value)]);
	for (const { part, label, source, error } of parts) {
		rows.push([part, `${label}: ${source}`]);
		rows.push(['', error === null ? 'error: not known' : errorText(error)]);
	}
	return rows;
}

function text(value: unknown): string {
	return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The head of an explicit profile: everything but its tables. */
function readImported(path: string) {
	const profile = readProfile(path);
	const { model, device, tensorParallel, source, errors } = profile;
	const { label } = fileOrigin(path, profile);
	return { name: path, model, device, tensorParallel, label, source, errors };
}

function readProfile(path: string): Profile {
	let value: unknown;
	try {
		value = JSON.parse(readInputText(path));
	} catch {
		throw new ConfigError(`Cannot read profile "${path}": it is no JSON file`);
	}
	const result = Profile.safeParse(value, PLAINLY);
	if (result.success) return result.data;
	const issue = result.error.issues[0];
	throw new ConfigError(
		`Cannot read profile "${path}": ${issue?.path.join('.')}: ${issue?.message}`,
	);
}

function check(name: string | null, json: boolean, print: Print): number {
	const keys = name === null ? profiles : [checkedKey(name)];
	const problems: { profile: string; problem: string }[] = [];
	for (const key of keys) {
		const tables = loadTables(key.name, { ...key, model: findModel(key.model) });
		// An import does not say how its GPUs are joined.
		const joined = 'network' in key ? key : null;
		for (const problem of tableProblems(tables, joined))
			problems.push({ profile: key.name, problem });
	}
	for (const device of new Set(keys.map((key) => key.device)))
		if (profiles.some((one) => one.device === device))
			for (const problem of scaledErrorProblems(device))
				problems.push({ profile: device, problem });
	if (json) printJson('profiles-check', { checked: keys.length, problems });
	else {
		for (const { profile, problem } of problems) print(`${profile}: ${problem}`);
		print(
			`${keys.length} ${keys.length === 1 ? 'profile' : 'profiles'} checked, ${problems.length} problems`,
		);
	}
	return problems.length === 0 ? CHECKED.good : CHECKED.bad;
}

function checkedKey(name: string) {
	const found = findProfile(name);
	if (found !== null) return { ...found.key, name };
	if (!existsSync(name)) throw unknown(name);
	const { model, device, tensorParallel } = readProfile(name);
	return { name, model, device, tensorParallel };
}

function unknown(name: string): ConfigError {
	return new ConfigError(unknownProfile(name, 'find'));
}
