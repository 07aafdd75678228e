import type { ObjectResult, ObjectStore } from '@nats-io/obj';
import { errors } from '@nats-io/transport-node';
import { messageOf } from '../../protocol/errors.ts';
import { StoreError } from './store.ts';

/** What has another digest than what was put there is read so many times. */
const READS = 2;
/** How long the next part of an object is awaited at first; twice as long each time after. */
const FIRST_WAIT_MS = 2_000;
const LAST_WAIT_MS = 32_000;

/**
 * Reads an object; null if there is none, or it is not what was put there. The client waits for ever for parts that are not there
 * any more, since somebody has written over the object or dropped it while it was read, or the server has lost them or its
 * consumer: whoever waits too long begins again with what there is then.
 *
 * @throws StoreError where parts do not come
 */
export async function readObject(objects: ObjectStore, name: string): Promise<Uint8Array | null> {
	let reads = 1;
	for (let waitMs = FIRST_WAIT_MS; ; ) {
		const found = await objects.get(name);
		if (found === null) return null;
		try {
			return await bytesOf(found, waitMs);
		} catch (error) {
			if (error instanceof errors.TimeoutError) {
				if (waitMs === LAST_WAIT_MS)
					throw new StoreError(`Cannot read "${name}": parts of it do not come`);
				waitMs *= 2;
			} else if (!/digests do not match/.test(messageOf(error))) throw error;
			else if (reads++ === READS) return null;
		}
	}
}

/** @throws TimeoutError where nothing more comes for `waitMs` */
async function bytesOf({ data, error }: ObjectResult, waitMs: number): Promise<Uint8Array> {
	// The stream says the same.
	error.catch(() => {});
	const reader = data.getReader();
	const parts: Uint8Array[] = [];
	for (;;) {
		let limit: NodeJS.Timeout | undefined;
		const late = new Promise<null>((resolve) => {
			limit = setTimeout(() => resolve(null), waitMs);
		});
		const next = await Promise.race([reader.read(), late]).finally(() => clearTimeout(limit));
		if (next === null) {
			await reader.cancel();
			throw new errors.TimeoutError();
		}
		if (next.done) return Buffer.concat(parts);
		parts.push(next.value);
	}
}
