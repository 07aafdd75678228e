import type { ReplicaRecord } from '../record.ts';

/** A batch that has left the last stage. */
export interface EndedBatch {
	readonly replica: number;
	/** Within the replica. */
	readonly number: number;
	readonly endS: number;
}

/** Vidur's numbers of the batches: over all replicas, as they were formed. By replica and number there. */
export function batchIds(replicas: readonly ReplicaRecord[]): Int32Array[] {
	const ids = replicas.map(({ batches }) => new Int32Array(batches.formedS.length));
	const next = replicas.map(() => 0);
	const total = ids.reduce((sum, list) => sum + list.length, 0);
	for (let id = 0; id < total; id++) {
		let first = -1;
		let firstS = Number.POSITIVE_INFINITY;
		for (let r = 0; r < replicas.length; r++) {
			const at = next[r] as number;
			const { formedS } = (replicas[r] as ReplicaRecord).batches;
			if (at >= formedS.length || (first >= 0 && formedS.at(at) >= firstS)) continue;
			first = r;
			firstS = formedS.at(at);
		}
		const at = next[first] as number;
		(ids[first] as Int32Array)[at] = id;
		next[first] = at + 1;
	}
	return ids;
}

/** The batches that ended, in the order of their ends. */
export function endedBatches(replicas: readonly ReplicaRecord[]): EndedBatch[] {
	const ended = replicas.flatMap(({ stages }, replica) => {
		const last = stages.at(-1);
		return Array.from({ length: last?.batch.length ?? 0 }, (_, i) => ({
			replica,
			number: last?.batch.at(i) ?? 0,
			endS: last?.endS.at(i) ?? 0,
		}));
	});
	return ended.sort((a, b) => a.endS - b.endS);
}
