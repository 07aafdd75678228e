import { join } from 'node:path';
import { membersOf, type ReplicaRecord } from '../record.ts';
import { type BatchIds, visitStages } from './batch-order.ts';
import { ByteFile } from './byte-file.ts';

/**
 * `chrome_trace.json`: a complete event for each batch on each stage, in the order of their ends; process: replica,
 * thread: stage. Times are in microseconds; the start is Vidur's, the end minus the time.
 */
export function writeChromeTrace(
	folder: string,
	replicas: readonly ReplicaRecord[],
	ids: BatchIds,
): void {
	const file = new ByteFile(join(folder, 'chrome_trace.json'));
	file.text('{"traceEvents": [');
	const texts = replicas.map((record) =>
		record.stages.map(() => ({ run: -1, head: '', tail: '' })),
	);
	let separator = '\n';
	visitStages(replicas, (batch, { replica, stage }) => {
		const text = texts[replica]?.[stage] as { run: number; head: string; tail: string };
		if (text.run !== batch.run) {
			const { requests, tokens } = membersOf(batch.record, batch.run);
			text.run = batch.run;
			text.head = `{"name":"[${requests.join(', ')}]","ph":"X","ts":`;
			text.tail = `,"batch_size":${requests.length},"request_ids":[${requests.join()}],"num_tokens":[${tokens.join()}]}}`;
		}
		file
			.text(separator)
			.text(text.head)
			.number((batch.endS - batch.durationS) * 1e6)
			.text(',"dur":')
			.number(batch.durationS * 1e6)
			.text(',"pid":')
			.number(replica)
			.text(',"tid":')
			.number(stage)
			.text(',"args":{"batch_id":')
			.number(ids(replica, batch.number))
			.text(text.tail);
		separator = ',\n';
	});
	file.text('\n]}\n');
	file.close();
}
