import { join } from 'node:path';
import type { ReplicaRecord } from '../record.ts';
import { batchIds } from './batch-order.ts';
import { TextFile } from './text-file.ts';

/** `chrome_trace.json`: a complete event for each batch on each stage; process: replica, thread: stage. */
export function writeChromeTrace(folder: string, replicas: readonly ReplicaRecord[]): void {
	const ids = batchIds(replicas);
	const file = new TextFile(join(folder, 'chrome_trace.json'));
	file.write('{"traceEvents": [');
	let separator = '\n';
	replicas.forEach(({ stages, members }, replica) => {
		stages.forEach((stage, tid) => {
			for (let i = 0; i < stage.batch.length; i++) {
				const number = stage.batch.at(i);
				const { slots = [], tokens = [] } = members?.[number] ?? {};
				const event = {
					name: `[${slots.join(', ')}]`,
					ph: 'X',
					ts: stage.startS.at(i) * 1e6,
					dur: stage.durationS.at(i) * 1e6,
					pid: replica,
					tid,
					args: {
						batch_id: ids[replica]?.[number],
						batch_size: slots.length,
						request_ids: slots,
						num_tokens: tokens,
					},
				};
				file.write(`${separator}${JSON.stringify(event)}`);
				separator = ',\n';
			}
		});
	});
	file.write('\n]}\n');
	file.close();
}
