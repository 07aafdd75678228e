import { join } from 'node:path';
import { CHANGED_REQUESTS } from '../../protocol/run-folder/requests.ts';
import type { RequestChanges } from '../../protocol/run-folder/summary-serving.ts';
import { cellNumber } from './columns.ts';
import { readCsv } from './read-csv.ts';

/** changed_requests.csv, counted; null where the run has none. */
export async function readChanges(
	folder: string,
): Promise<{ changes: RequestChanges | null; torn: number | null }> {
	const counts = { shortened: 0, tokensCut: 0, lengthened: 0, leftOut: 0 };
	const torn = await readCsv(join(folder, CHANGED_REQUESTS.file), CHANGED_REQUESTS, (header) => {
		const at = (
			['prefill_tokens_asked', 'decode_tokens_asked', 'prefill_tokens', 'decode_tokens'] as const
		).map((name) => CHANGED_REQUESTS.placeIn(header, name));
		const id = CHANGED_REQUESTS.placeIn(header, 'request_id');
		return (row) => {
			const [askedPrefill = 0, askedDecode = 0, prefill = 0, decode = 0] = at.map((column) =>
				cellNumber(row[column]),
			);
			if (row[id] === '') {
				counts.leftOut += 1;
				return;
			}
			if (askedPrefill === 0 || askedDecode === 0) counts.lengthened += 1;
			const cut = Math.max(1, askedPrefill) + Math.max(1, askedDecode) - prefill - decode;
			if (cut > 0) counts.shortened += 1;
			counts.tokensCut += cut;
		};
	});
	return { changes: torn === null ? null : counts, torn };
}
