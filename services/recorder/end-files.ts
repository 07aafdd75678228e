import { join } from 'node:path';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import { OPERATION_METRICS } from '../../protocol/run-folder/batches.ts';
import type { EndFiles } from '../../protocol/run-folder/commits.ts';
import { REQUEST_DISTRIBUTIONS, REQUEST_QUANTILES } from '../../protocol/run-folder/requests.ts';
import { csvNumber } from './columns.ts';
import type { EndSums } from './end-sums.ts';
import { RequestSketches } from './request-sketch.ts';

/** @throws ConfigError if one cannot be written */
export function writeEndFiles(
	{ root, folder }: { readonly root: string; readonly folder: string },
	{ quantiles, operations, replicas }: EndFiles,
	sums: EndSums,
): void {
	const write = (name: string, text: string) =>
		writeWhole(join(folder, name), text, { below: root });
	if (quantiles !== null) {
		const sketches = new RequestSketches(quantiles);
		sketches.goTo(sums.sketches);
		write(REQUEST_QUANTILES.file, sketches.text());
		write(REQUEST_DISTRIBUTIONS.file, sketches.distributions());
	}
	if (operations === null) return;
	// A row a replica.
	const rows = replicas.map((replica, i) => [
		replica,
		...operations.map((_, field) => csvNumber(sums.operationsS[i]?.[field] ?? 0)),
	]);
	const header = OPERATION_METRICS.header(
		'replica',
		...operations.map((name) => OPERATION_METRICS.checked(name)),
	);
	const lines = [header, ...rows.map((cells) => cells.join(','))];
	write(OPERATION_METRICS.file, `${lines.join('\n')}\n`);
}
