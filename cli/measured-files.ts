import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readInput, readInputText } from '../kernel/files/input-file.ts';
import { ConfigError } from '../protocol/errors.ts';
import {
	type CsvFile,
	type ImportedPoints,
	tablePoints,
	vidurPoints,
} from '../silicon/fit/import-points.ts';
import { servingSimPoints } from '../silicon/fit/serving-sim-points.ts';
import type { ModelGeometry } from '../silicon/model.ts';

/** What measured files are read for. */
interface MeasuredFor {
	readonly model: ModelGeometry;
	readonly tensorParallel: number;
	/** As Vidur's folder below compute/ is named. */
	readonly device: string;
	/** Folder below network/. */
	readonly network: string;
}

/**
 * Measured times in a folder: a tree of Vidur, tables of LLMServingSim, or tables of our own.
 *
 * @throws ConfigError for a folder that is none of these, or has not all of its files
 */
export function readPoints(
	folder: string,
	{ model, tensorParallel, device, network }: MeasuredFor,
): ImportedPoints {
	if (existsSync(join(folder, 'compute')))
		return vidurPoints(vidurFiles(folder, model.name, { device, network }), model, tensorParallel);
	if (existsSync(join(folder, 'dense.csv')))
		return servingSimPoints(
			{
				...{ dense: csv(folder, 'dense.csv'), attention: csv(folder, 'attention.csv') },
				...{ perSequence: csv(folder, 'per_sequence.csv'), moe: maybeCsv(folder, 'moe.csv') },
			},
			model,
		);
	return tablePoints({
		tokenOps: csv(folder, 'token_ops.csv'),
		decode: csv(folder, 'attn_decode.csv'),
		prefill: csv(folder, 'attn_prefill.csv'),
	});
}

function vidurFiles(
	folder: string,
	model: string,
	{ device, network }: Pick<MeasuredFor, 'device' | 'network'>,
) {
	const compute = join(folder, 'compute', device, model);
	const net = join(folder, 'network', network);
	return {
		mlp: csv(compute, 'mlp.csv'),
		attention: csv(compute, 'attention.csv'),
		allReduce: maybeCsv(net, 'all_reduce.csv'),
		sendRecv: maybeCsv(net, 'send_recv.csv'),
	};
}

function csv(folder: string, name: string): CsvFile {
	const found = maybeCsv(folder, name);
	if (found === null)
		throw new ConfigError(
			`Cannot import "${folder}": it has no ${name}; a Vidur data/profiling tree has compute/DEVICE/MODEL/mlp.csv and attention.csv`,
		);
	return found;
}

function maybeCsv(folder: string, name: string): CsvFile | null {
	const file = join(folder, name);
	if (existsSync(file)) return { file, text: readInputText(file) };
	if (!existsSync(`${file}.gz`)) return null;
	return { file: `${file}.gz`, text: gunzipSync(readInput(`${file}.gz`)).toString('utf8') };
}
