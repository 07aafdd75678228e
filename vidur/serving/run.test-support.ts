import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runVidur } from './vidur.ts';

/** A folder for the runs of a test file; `remove` it in the end. */
export function runsFolder() {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-vidur-'));
	return {
		folder,
		remove: () => rmSync(folder, { recursive: true }),
		/** Runs a command line into a folder of its own and reads its files. */
		async run(name: string, ...words: string[]) {
			const result = await runVidur([...words, `--metrics_config_output_dir=${folder}`], name);
			const read = (path: string) => readFileSync(join(folder, name, path), 'utf8');
			return { result, read, json: (path: string) => JSON.parse(read(path)) };
		},
	};
}

export type Row = Readonly<Record<string, string>>;

/** Rows of a CSV file without quotes. */
export function rowsOf(text: string): Row[] {
	const [header = '', ...lines] = text.trimEnd().split(/\r?\n/);
	const names = header.split(',');
	return lines.map((line) => {
		const cells = line.split(',');
		return Object.fromEntries(names.map((column, i) => [column, cells[i] as string]));
	});
}

/** Five requests at once, of a few batches. */
export const SMALL = [
	'--synthetic_request_generator_config_num_requests=5',
	'--fixed_request_length_generator_config_prefill_tokens=600',
	'--fixed_request_length_generator_config_decode_tokens=3',
	'--interval_generator_config_type=static',
];
