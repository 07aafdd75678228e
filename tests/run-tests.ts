import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectFile } from '../kernel/files/project-file.ts';

/**
 * Runs every test file in a process of its own, some at a time, and ends with `N passed, N failed`. A file
 * without a test fails (a forgotten `.run()` passes silently in uvu), unless it says why it was skipped.
 * Usage: node run-tests.js [--random] [part of a file's path ...]; with --random only files that draw at random
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What a built test file imports if it draws at random, itself or through what it draws with. */
const DRAWS = /from '[./\w-]*\/(?:properties|(?:random|sized)-microgrid)\.test-support\.js'/;
const PROJECT = projectFile('.');
const UVU = projectFile('node_modules/uvu/bin.js');
/** Fewer tests than this in a full run means that some were not found. */
const TESTS_MIN = 500;
/** A file that runs longer hangs; a busy machine takes several times as long as an idle one. */
const FILE_LIMIT_MS = 900_000;

interface Result {
	readonly file: string;
	readonly passed: number;
	readonly failed: number;
	readonly skips: readonly string[];
	readonly output: string;
	readonly seconds: number;
}

/** `tsc` alone, as editors run it, leaves out what pages run in the browser. */
function buildClient(): void {
	if (existsSync(join(ROOT, 'results/report/client/main.js'))) return;
	execFileSync('npm', ['run', '--silent', 'client'], { cwd: PROJECT, stdio: 'inherit' });
}

function findTests(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) return findTests(path);
		return entry.name.endsWith('.test.js') ? [path] : [];
	});
}

function runFile(path: string): Promise<Result> {
	const startedMs = performance.now();
	const pattern = `^${path.slice(dirname(path).length + 1).replaceAll('.', '\\.')}$`;
	const child = spawn(
		process.execPath,
		['--enable-source-maps', UVU, '--no-color', dirname(path), pattern],
		{ cwd: PROJECT, stdio: ['ignore', 'pipe', 'pipe'], timeout: FILE_LIMIT_MS },
	);
	let output = '';
	child.stdout.on('data', (chunk: Buffer) => {
		output += chunk.toString();
	});
	child.stderr.on('data', (chunk: Buffer) => {
		output += chunk.toString();
	});
	return new Promise((resolve) => {
		child.on('close', (code, signal) => {
			const count = (name: string) =>
				Number(new RegExp(`${name}:\\s+(\\d+)`).exec(output)?.[1] ?? 0);
			const total = count('Total');
			const passed = count('Passed');
			const skips = output
				.split('\n')
				.filter((line) => /^\s*skipped\b/i.test(line) && !/^\s*Skipped:\s+\d/.test(line));
			let failed = total - passed - count('Skipped');
			if (signal !== null || (code !== 0 && failed === 0)) failed = Math.max(1, failed);
			if (total === 0 && skips.length === 0) {
				failed = 1;
				output += `\n${path}: no test ran\n`;
			}
			const seconds = (performance.now() - startedMs) / 1000;
			resolve({ file: relative(ROOT, path), passed, failed, skips, output, seconds });
		});
	});
}

async function main(): Promise<number> {
	buildClient();
	const wanted = process.argv.slice(2).filter((argument) => argument !== '--random');
	const isRandom = process.argv.includes('--random');
	const seed = process.env['GRIDBEAT_SEED'] ?? '';
	process.stdout.write(`seed of random tests: ${seed === '' ? 1 : seed} (GRIDBEAT_SEED)\n`);
	// Tests of whole runs are the longest: begun first, none is left to run alone at the end.
	const files = findTests(ROOT)
		.filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
		.filter((path) => !isRandom || DRAWS.test(readFileSync(path, 'utf8')))
		.sort(
			(a, b) =>
				Number(b.includes('/dist/tests/')) - Number(a.includes('/dist/tests/')) || (a < b ? -1 : 1),
		);
	const queue = [...files];
	const results: Result[] = [];
	const work = async () => {
		for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
			const result = await runFile(path);
			results.push(result);
			const word = result.failed > 0 ? 'FAILED' : 'ok';
			process.stdout.write(
				`${word} ${result.file} (${result.passed} in ${result.seconds.toFixed(1)} s)\n`,
			);
			for (const skip of result.skips) process.stdout.write(`   ${skip.trim()}\n`);
			if (result.failed > 0) process.stdout.write(`${result.output}\n`);
		}
	};
	// One more than cores: tests of processes wait a good part of their time.
	await Promise.all(Array.from({ length: Math.min(4, availableParallelism() + 1) }, work));
	const passed = results.reduce((sum, result) => sum + result.passed, 0);
	let failed = results.reduce((sum, result) => sum + result.failed, 0);
	for (const { file } of results.filter((result) => result.failed > 0)) {
		process.stdout.write(`failed: ${file}\n`);
	}
	if (wanted.length === 0 && !isRandom && passed < TESTS_MIN) {
		process.stdout.write(`only ${passed} tests ran, at least ${TESTS_MIN} are expected\n`);
		failed++;
	}
	process.stdout.write(`${passed} passed, ${failed} failed\n`);
	return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
