import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { projectFile } from '../kernel/files/project-file.ts';
import { isProgramOld } from './program-age.ts';
import { findTests, type TestFile, TIERS, tierOf, type Unit, unitsOf } from './test-units.ts';

/**
 * Runs tests in processes, some at a time, and ends with `N passed, N failed`. A file without a test fails (a forgotten
 * `.run()` passes silently in uvu), unless it says why it was skipped.
 * Usage: node run-tests.js [--tier unit|runs|machines] [--random] [part of a file's path ...]; with --random only files
 * that draw at random
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What a built test file imports if it draws at random, itself or through what it draws with. */
const DRAWS =
	/from '[./\w-]*\/(?:properties|kind-cases|(?:random|sized)-microgrid)\.test-support\.js'/;
const PROJECT = projectFile('.');
const RUN_FILES = fileURLToPath(new URL('./run-files.js', import.meta.url));
/** Fewer tests than this in a full run means that some were not found. */
const TESTS_MIN = 500;
/** A process that runs longer hangs; a busy machine takes several times as long as an idle one. */
const UNIT_LIMIT_MS = 900_000;

/** What came of one file, or of a slice of it. */
interface Result {
	readonly file: string;
	readonly passed: number;
	readonly failed: number;
	readonly skips: readonly string[];
	readonly output: string;
	/** Seconds of processors up to its end, of what ran in its process before it too. */
	readonly processorS: number;
}

/**
 * `tsc` alone, as editors run it, leaves out what pages run in the browser and what is started as a process: of sources that
 * have changed there would be an old program.
 */
function buildRest(): void {
	const npmRun = (script: string) =>
		execFileSync('npm', ['run', '--silent', script], { cwd: PROJECT, stdio: 'inherit' });
	if (!existsSync(join(ROOT, 'results/report/client/main.js'))) npmRun('client');
	if (isProgramOld(PROJECT)) npmRun('program');
}

function runUnit({ files, slice }: Unit): Promise<{ results: Result[]; seconds: number }> {
	const startedMs = performance.now();
	// A word that no test prints.
	const mark = `== ${randomBytes(8).toString('hex')}`;
	const paths = files.map((file) => join(ROOT, file));
	const child = spawn(process.execPath, ['--enable-source-maps', RUN_FILES, mark, ...paths], {
		cwd: PROJECT,
		stdio: ['ignore', 'pipe', 'pipe'],
		timeout: UNIT_LIMIT_MS,
		env: { ...process.env, ...(slice === null ? {} : { GRIDBEAT_SLICE: slice }) },
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.on('data', (chunk: Buffer) => {
			output += chunk.toString();
		});
	}
	return new Promise((resolve) => {
		child.on('close', (code, signal) => {
			const seconds = (performance.now() - startedMs) / 1000;
			const parts = output.split(`${mark} `);
			const results = files.map((file, i) => {
				const end = parts[i + 1];
				const [, exit, processorS] = /^(\d+) ([\d.]+) /.exec(end ?? '') ?? [];
				const text = (parts[i] ?? '').replace(/^\d+ [\d.]+ .*\n/, '');
				// Only the last file's end is the end of the process too.
				const late = i === files.length - 1 && (code !== 0 || signal !== null);
				return resultOf(
					{ file, slice, text: late ? text + (end ?? '') : text },
					{
						failed: exit !== '0' || late,
						processorS: Number(processorS ?? 0),
					},
				);
			});
			resolve({ results, seconds });
		});
	});
}

interface Said {
	readonly file: string;
	readonly slice: string | null;
	readonly text: string;
}

/** Counts what uvu printed of a file. */
function resultOf(
	{ file, slice, text }: Said,
	end: { readonly failed: boolean; readonly processorS: number },
): Result {
	const count = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1] ?? 0);
	const total = count('Total');
	const passed = count('Passed');
	const skips = text
		.split('\n')
		.filter((line) => /^\s*skipped\b/i.test(line) && !/^\s*Skipped:\s+\d/.test(line));
	let failed = total - passed;
	let output = text;
	if (end.failed && failed === 0) failed = 1;
	if (total === 0 && skips.length === 0 && failed === 0) {
		failed = 1;
		output += `\n${file}: no test ran\n`;
	}
	const name = slice === null ? file : `${file} ${slice}`;
	return { file: name, passed, failed, skips, output, processorS: end.processorS };
}

function print({ results, seconds }: { results: readonly Result[]; seconds: number }): void {
	let before = 0;
	for (const { file, passed, failed, skips, output, processorS } of results) {
		const took = (processorS - before).toFixed(1);
		before = processorS;
		const wall = results.length === 1 ? `${seconds.toFixed(1)} s, ` : '';
		const word = failed > 0 ? 'FAILED' : 'ok';
		process.stdout.write(`${word} ${file} (${passed} in ${wall}${took} s of processor)\n`);
		for (const skip of skips) process.stdout.write(`   ${skip.trim()}\n`);
		if (failed > 0) process.stdout.write(`${output}\n`);
	}
}

function selected(files: readonly TestFile[]) {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: { random: { type: 'boolean', default: false }, tier: { type: 'string' } },
	});
	const { random, tier } = values;
	if (tier !== undefined && !TIERS.some((name) => name === tier)) {
		throw new Error(`Cannot run tier "${tier}": there are ${TIERS.join(', ')}`);
	}
	const wanted = files
		.filter(({ path }) => positionals.length === 0 || positionals.some((one) => path.includes(one)))
		.filter((file) => tier === undefined || tierOf(file) === tier)
		.filter(({ text }) => !random || DRAWS.test(text));
	return { wanted, isFull: wanted.length === files.length };
}

async function main(): Promise<number> {
	buildRest();
	const { wanted, isFull } = selected(findTests(ROOT));
	const seed = process.env['GRIDBEAT_SEED'] ?? '';
	process.stdout.write(`seed of random tests: ${seed === '' ? 1 : seed} (GRIDBEAT_SEED)\n`);
	const queue = unitsOf(wanted);
	const results: Result[] = [];
	const work = async () => {
		for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
			const done = await runUnit(unit);
			results.push(...done.results);
			print(done);
		}
	};
	// One more than cores: tests of processes wait a good part of their time.
	await Promise.all(Array.from({ length: Math.min(4, availableParallelism() + 1) }, work));
	const passed = results.reduce((sum, result) => sum + result.passed, 0);
	let failed = results.reduce((sum, result) => sum + result.failed, 0);
	for (const { file } of results.filter((result) => result.failed > 0)) {
		process.stdout.write(`failed: ${file}\n`);
	}
	if (isFull && passed < TESTS_MIN) {
		process.stdout.write(`only ${passed} tests ran, at least ${TESTS_MIN} are expected\n`);
		failed++;
	}
	process.stdout.write(`${passed} passed, ${failed} failed\n`);
	return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
