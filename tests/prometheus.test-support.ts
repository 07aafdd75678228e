import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
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
