import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { Argument, type Command } from 'commander';
import { parse } from 'yaml';
import type { Json } from '../kernel/files/canonical.ts';
import { realFolder } from '../kernel/files/open-below.ts';
import { EXIT, ownProgram } from '../kernel/host/program.ts';
import { ConfigError } from '../protocol/errors.ts';
import { workView } from '../studies/sweep/progress.ts';
import { errorOf } from '../studies/truth/errors.ts';
import { truthMarkdown } from '../studies/truth/markdown.ts';
import { truthPage } from '../studies/truth/page.ts';
import { type FamilyResult, runTruth } from '../studies/truth/run-truth.ts';
import { FAMILIES, type FamilyName, type Quantity } from '../studies/truth/truth-case.ts';
import { truthData } from '../studies/truth/truth-data.ts';
import {
	ERROR_HEAD,
	errorCells,
	LIMIT_HEAD,
	limitCells,
	NOT_HERE,
	refusalsOf,
} from '../studies/truth/truth-text.ts';
import { printJson } from './json-output.ts';

interface Options {
	readonly quick?: boolean;
	readonly model?: string;
	readonly set?: readonly string[];
	readonly data?: string;
	readonly jobs?: string;
	readonly out: string;
	readonly markdown?: string;
	readonly json?: boolean;
}

/** Adds `gridbeat truth`; `set` takes the exit code. */
export function addTruth(gridbeat: Command, set: (work: Promise<number>) => Promise<void>): void {
	gridbeat
		.command('truth')
		.description('simulate runs that were measured on hardware, and set both side by side')
		.addArgument(new Argument('[family...]', 'only these').choices(FAMILIES))
		.option('--quick', 'only the few runs that the tests of the project take')
		.option('--model <text>', 'only models whose name contains this')
		.option('--set <key=value...>', 'in all scenarios, such as serving.profile=default')
		.option(
			'--data <folder>',
			'measurements that may not ship; default: where the checkout has them',
		)
		.option('--jobs <count>', 'processes; default: one for each core')
		.option('--out <folder>', 'folder of the page', 'truth')
		.option('--markdown <file>', 'write docs/accuracy.md there')
		.option('--json', 'print all figures as JSON, all else to standard error')
		.action((names: FamilyName[], options: Options) => set(run(names, options)));
}

/** Returns `failed` where a limit is exceeded. */
async function run(names: readonly FamilyName[], options: Options): Promise<number> {
	const settings = settingsOf(options.set ?? []);
	const isJson = options.json === true;
	const noun = 'measured runs';
	const view: { now: ReturnType<typeof workView> | null } = { now: null };
	const results = await runTruth({
		names,
		isQuick: options.quick === true,
		model: options.model ?? null,
		settings,
		jobs: jobsOf(options.jobs),
		data: truthData(options.data ?? null),
		done(count, all) {
			view.now ??= workView(all, noun, isJson ? process.stderr : process.stdout);
			view.now.done(String(count), null);
		},
	});
	view.now?.end();
	const folder = realFolder(options.out);
	mkdirSync(folder, { recursive: true });
	const path = join(folder, 'index.html');
	writeFileSync(path, truthPage(results, ownProgram()));
	if (options.markdown !== undefined) writeFileSync(options.markdown, truthMarkdown(results));
	if (isJson) printResults(results, path);
	else {
		for (const one of results) process.stdout.write(familyText(one));
		process.stdout.write(`Page: ${path}\n`);
	}
	const isHeld = results.every(({ judged }) => judged.every((one) => one.isHeld));
	return isHeld ? EXIT.done : EXIT.failed;
}

function jobsOf(text: string | undefined): number {
	const count = text === undefined ? availableParallelism() : Number(text);
	if (Number.isInteger(count) && count > 0) return count;
	throw new ConfigError(`Cannot use --jobs "${text}": give a whole number from 1 on`);
}

/** `serving.profile=kernels`: a path and YAML. */
function settingsOf(texts: readonly string[]): ReadonlyMap<string, Json> {
	return new Map(
		texts.map((text) => {
			const at = text.indexOf('=');
			if (at < 1)
				throw new ConfigError(
					`Cannot use --set "${text}": give KEY=VALUE, such as serving.profile=default`,
				);
			return [text.slice(0, at), parse(text.slice(at + 1)) as Json];
		}),
	);
}

function familyText({ family, results, errors, judged }: FamilyResult): string {
	const title = `\n${family.title}\n`;
	if (results === null) return `${title}not run: ${NOT_HERE}\n`;
	return [
		title,
		tableText(ERROR_HEAD, errors.map(errorCells)),
		...(judged.length === 0 ? [] : [tableText(LIMIT_HEAD, judged.map(limitCells))]),
		...refusalsOf(results).map((line) => `${line}\n`),
	].join('');
}

function tableText(head: readonly string[], rows: readonly string[][]): string {
	if (rows.length === 0) return '';
	const table = new Table({
		head: [...head],
		style: { head: [], border: [] },
		chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
	});
	table.push(...rows);
	return `${table.toString()}\n`;
}

function printResults(results: readonly FamilyResult[], path: string): void {
	printJson('truth', {
		page: path,
		families: results.map(({ family, results: own, errors, judged }) => ({
			name: family.name,
			title: family.title,
			source: family.source,
			fitted: family.fitted,
			heldOut: family.heldOut,
			isHere: own !== null,
			runs: (own ?? []).map((one) => ({
				...{ id: one.of.id, groups: one.of.groups, model: one.of.model },
				...{ server: one.of.server, workload: one.of.workload, refusal: one.refusal },
				figures: Object.fromEntries(
					(Object.keys(one.of.measured) as Quantity[]).map((quantity) => [
						quantity,
						{
							measured: one.of.measured[quantity] ?? null,
							simulated: one.simulated[quantity] ?? null,
							error: errorOf(one, quantity),
						},
					]),
				),
			})),
			errors,
			limits: judged,
		})),
	});
}
