import { execFile, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { projectFile } from '../kernel/files/project-file.ts';

/** A program of Prometheus: what `make prometheus` has fetched, or that of the machine; null, saying so, where there is none. */
export function prometheusProgram(name: 'prometheus' | 'promtool'): string | null {
	const folders = [
		projectFile('.tools/prometheus/usr/bin'),
		...(process.env['PATH'] ?? '').split(delimiter),
	];
	const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
	if (found === undefined) process.stdout.write(`skipped, no ${name} here: make prometheus\n`);
	return found ?? null;
}

/** What promtool says of something, line by line, and its exit code. */
export function promtool(
	path: string,
	args: readonly string[],
	input = '',
): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
	return new Promise((resolve) => {
		const child = execFile(path, args, (error, stdout, stderr) => {
			const code = error === null ? 0 : Number(error.code ?? 1);
			resolve({ code, lines: `${stdout}${stderr}`.split('\n').filter((line) => line !== '') });
		});
		child.stdin?.end(input);
	});
}

/** A sample of an answer: its labels, and its time with its value. */
export interface Answered {
	readonly metric: Readonly<Record<string, string>>;
	readonly value: readonly [number, string];
}

/** A Prometheus of a test's own. */
export interface RunningPrometheus {
	/** What it answers to a query; nothing while it is not there yet. @throws Error for a query that it refuses */
	query(query: string): Promise<readonly Answered[]>;
	stop(): Promise<void>;
}

/** Starts one that listens at port `at` and reads `target` every second. */
export function startPrometheus(
	path: string,
	{ at, folder, target }: { readonly at: number; readonly folder: string; readonly target: string },
): RunningPrometheus {
	const config = join(folder, 'prometheus.yml');
	writeFileSync(
		config,
		`global: {scrape_interval: 1s}
scrape_configs: [{job_name: gridbeat, static_configs: [{targets: ["${target}"]}]}]
`,
	);
	const child = spawn(
		path,
		[
			`--config.file=${config}`,
			`--storage.tsdb.path=${join(folder, 'prometheus')}`,
			`--web.listen-address=127.0.0.1:${at}`,
		],
		{ stdio: 'ignore' },
	);
	const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	return {
		async query(query) {
			const url = `http://127.0.0.1:${at}/api/v1/query?query=${encodeURIComponent(query)}`;
			const response = await fetch(url).catch(() => null);
			if (response === null || response.status === 503) return [];
			const { status, error, data } = (await response.json()) as {
				readonly status: string;
				readonly error?: string;
				readonly data?: { readonly result: readonly Answered[] };
			};
			if (status !== 'success') throw new Error(`${query}: ${error}`);
			return data?.result ?? [];
		},
		async stop() {
			child.kill('SIGTERM');
			await ended;
		},
	};
}
