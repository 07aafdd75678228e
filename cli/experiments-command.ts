import { writeFileSync } from 'node:fs';
import Table from 'cli-table3';
import type { Command } from 'commander';
import { readInputText } from '../kernel/files/input-file.ts';
import { projectFile } from '../kernel/files/project-file.ts';
import { ConfigError, messageOf } from '../protocol/errors.ts';
import { compare, type Difference, quantities } from '../studies/experiments/compare.ts';
import { type Experiment, parseExperiments } from '../studies/experiments/experiment.ts';
import { experimentsPage } from '../studies/experiments/page.ts';
import { type Answer, type Job, runAll } from '../studies/experiments/pool.ts';
import { type Flavour, flavours, type Outcome } from '../studies/experiments/run-experiment.ts';
import { printJson } from './json-output.ts';

/** The experiments that ship, and those of them whose results were published. */
const PUBLISHED_TABLE = 'profiling-data/vidur-energy-experiments.csv';
const PUBLISHED = ['1', '3', '5'];

interface Options {
	readonly exp?: string[];
	readonly model?: string;
	readonly maxRequests?: string;
	readonly profile: string;
	readonly table?: string;
	readonly jobs?: string;
	readonly csv?: boolean;
	readonly json?: boolean;
	readonly markdown?: string;
}

/** A job with what it came to. */
interface Ran extends Job {
	readonly outcome: Outcome;
}

/** Adds `gridbeat experiments`; `set` takes the exit code. */
export function addExperiments(
	gridbeat: Command,
	set: (work: Promise<number>) => Promise<void>,
): void {
	const command = gridbeat
		.command('experiments')
		.description('run published experiments again and compare with what was published');
	command
		.command('vidur-energy')
		.description("experiments 1 to 5 of Vidur-Energy's paper; 1, 3 and 5 beside their results")
		.option('--exp <number...>', 'only these; default: 1 3 5')
		.option('--model <text>', 'only models whose name contains this')
		.option('--max-requests <count>', 'only rows of at most so many requests')
		.option('--profile <name>', `${flavours.join(' or ')} profile of each model`, flavours[0])
		.option('--table <file>', 'experiments of your own: a CSV file with the columns of ours')
		.option('--jobs <count>', 'threads; default: one a core')
		.option('--csv', 'print as CSV')
		.option('--json', 'print as JSON')
		.option('--markdown <file>', 'write the page of all published rows, under both profiles')
		.action((options: Options) => set(run(options)));
	for (const one of command.commands) one.exitOverride();
}

async function run(options: Options): Promise<number> {
	const experiments = chosen(options);
	const threads = options.jobs === undefined ? undefined : positive('--jobs', options.jobs);
	const asked = flavourOf(options.profile);
	const wanted = options.markdown === undefined ? [asked] : flavours;
	const jobs = wanted.flatMap((flavour) =>
		experiments.map((experiment) => ({ experiment, flavour })),
	);
	const ran = outcomes(jobs, await runAll(jobs, threads));
	if (options.markdown === undefined) print(ran, options);
	else {
		const results = ran.slice(0, experiments.length).map(({ experiment, outcome }, i) => {
			const physical = ran[experiments.length + i] as Ran;
			return { experiment, reproduction: outcome, default: physical.outcome };
		});
		writeFileSync(options.markdown, experimentsPage(results));
		process.stdout.write(`wrote ${options.markdown}: ${results.length} rows\n`);
	}
	return 0;
}

function chosen(options: Options): Experiment[] {
	const file = options.table ?? projectFile(PUBLISHED_TABLE);
	let text: string;
	try {
		text = readInputText(file);
	} catch (error) {
		throw new ConfigError(`Cannot read experiments: ${messageOf(error)}`);
	}
	const most =
		options.maxRequests === undefined
			? Number.POSITIVE_INFINITY
			: positive('--max-requests', options.maxRequests);
	const numbers = options.exp ?? (options.table === undefined ? PUBLISHED : null);
	const found = parseExperiments(text, file).filter(
		({ experiment, model, requests }) =>
			(numbers === null || numbers.includes(experiment)) &&
			model.toLowerCase().includes((options.model ?? '').toLowerCase()) &&
			requests <= most,
	);
	if (found.length > 0) return found;
	throw new ConfigError(
		`Cannot run experiments: "${file}" has no row of this number, model and size; there are 1 to 5`,
	);
}

function positive(flag: string, value: string): number {
	const count = Number(value);
	if (Number.isInteger(count) && count > 0) return count;
	throw new ConfigError(`Cannot use ${flag} "${value}": give a whole number from 1 on`);
}

function flavourOf(name: string): Flavour {
	const found = flavours.find((one) => one === name);
	if (found !== undefined) return found;
	throw new ConfigError(`Cannot use --profile "${name}": give ${flavours.join(' or ')}`);
}

function outcomes(jobs: readonly Job[], answers: readonly Answer[]): Ran[] {
	return jobs.map((job, i) => {
		const answer = answers[i] as Answer;
		if ('outcome' in answer) return { ...job, outcome: answer.outcome };
		const { experiment, index } = job.experiment;
		throw new ConfigError(
			`Cannot run experiment ${experiment} in line ${index + 2}: ${answer.error}`,
		);
	});
}

function print(ran: readonly Ran[], { csv, json }: Options): void {
	if (json === true) {
		const rows = ran.map(({ experiment, flavour, outcome }) => ({
			...experiment,
			profile: flavour,
			outcome,
			differences: compare(experiment, outcome),
		}));
		printJson('experiments', { rows });
		return;
	}
	const head = [
		...['exp', 'model', 'TP', 'PP', 'requests', 'qps', 'lengths', 'batch_cap'],
		...quantities.flatMap((one) => [`${one}_published`, `${one}`, `${one}_difference`]),
	];
	if (csv === true) {
		const lines = ran.map((one) => cellsOf(one, (value) => String(value)).join(','));
		process.stdout.write(`${[head.join(','), ...lines].join('\n')}\n`);
		return;
	}
	const table = new Table({
		head: head.map((name) => name.replace(/^.*_(published|difference)$/, '$1')),
		style: { head: [], border: [] },
		chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
	});
	for (const one of ran) table.push(cellsOf(one, (value) => value.toPrecision(5)));
	process.stdout.write(`${table.toString()}\n`);
	process.stdout.write(
		'Power in W per GPU, time in s, MFU in %, differences relative to the publication\n',
	);
}

function cellsOf({ experiment, outcome }: Ran, number: (value: number) => string): string[] {
	const { experiment: name, model, tensorParallel, pipelineStages, requests, ...one } = experiment;
	const { type, ...lengths } = one.lengths;
	const of = compare(experiment, outcome);
	const cells = ({ published, ours, relative }: Difference) => [
		published === null ? '' : number(published),
		number(ours),
		relative === null ? '' : `${(100 * relative).toFixed(2)} %`,
	];
	return [
		...[name, model.replace(/^.*\//, ''), String(tensorParallel), String(pipelineStages)],
		...[String(requests), String(one.qps)],
		`${type} ${Object.entries(lengths)
			.filter(([key]) => key !== 'seed')
			.map(([, value]) => value)
			.join(' ')}`,
		String(one.batchSizeCap),
		...quantities.flatMap((quantity) => cells(of[quantity])),
	];
}
