import type { KernelName } from './layouts.ts';
import type { KernelTable, KeyValue } from './packed.ts';

/** What laws need to know of a GPU. */
export interface KernelGpu {
	readonly name: string;
	/** Of its memory by the data sheet, bytes per ms. */
	readonly memoryBytesPerMs: number;
	/** To another GPU of its node and to one of another node, one way, bytes per ms. */
	readonly linkBytesPerMs: number;
	readonly nodeLinkBytesPerMs: number;
	readonly gpusPerNode: number;
}

/** A table with its groups by key. */
export interface IndexedTable extends KernelTable {
	readonly version: string;
	/** Values of a key column, rising. */
	values(key: string): readonly number[];
	/** The times of a group, by its key values; null where it was not measured. */
	group(...key: readonly KeyValue[]): Float64Array | null;
}

/** All kernels of a GPU: of one version of the engine, and of others what that lacks. */
export interface KernelSet {
	readonly gpu: KernelGpu;
	readonly version: string;
	/** Tables of a kernel, that of the version first, read as they are asked for; none where it was not measured. */
	tables(name: KernelName): Iterable<IndexedTable>;
}

/** Makes the groups of a table findable. */
export function indexTable(table: KernelTable, version: string): IndexedTable {
	const size = table.at.reduce((product, values) => product * values.length, 1);
	const index = new Map(table.groups.map((group, i) => [group.join('|'), i]));
	const values = new Map<string, readonly number[]>();
	return {
		...table,
		version,
		values(key) {
			const known = values.get(key);
			if (known !== undefined) return known;
			const column = table.keys.indexOf(key);
			const all = new Set(table.groups.map((group) => Number(group[column])));
			const rising = [...all].sort((a, b) => a - b);
			values.set(key, rising);
			return rising;
		},
		group(...key) {
			const found = index.get(key.join('|'));
			return found === undefined ? null : table.logMs.subarray(found * size, (found + 1) * size);
		},
	};
}
