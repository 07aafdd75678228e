import { StaleHeadError, type Store, StoreError } from './store.ts';

/** The in-memory counterpart of a store on JetStream. Bytes are copied: who put or got them may go on using theirs. */
export class MemoryStore {
	private readonly maxBytes: number | null;
	private readonly onRemoved: () => void;
	private readonly kept = new Map<string, Uint8Array>();
	private bytes = 0;
	private head: Uint8Array | null = null;
	private revision = 0;

	constructor(maxBytes: number | null, onRemoved: () => void) {
		this.maxBytes = maxBytes;
		this.onRemoved = onRemoved;
	}

	/** As one of those that use it sees it. */
	opened(): Store {
		let known = 0;
		return {
			remark: null,
			put: async (name, bytes) => this.put(name, bytes),
			get: async (name, maxBytes = Number.POSITIVE_INFINITY) => {
				const bytes = this.kept.get(name);
				return bytes === undefined || bytes.byteLength > maxBytes ? null : new Uint8Array(bytes);
			},
			drop: async (name) => this.drop(name),
			writeHead: async (bytes) => {
				if (known !== this.revision) throw new StaleHeadError('somebody else leads the run');
				this.head = Uint8Array.from(bytes);
				this.revision++;
				known = this.revision;
			},
			readHead: async () => {
				known = this.revision;
				return this.head;
			},
			remove: async () => this.onRemoved(),
		};
	}

	private put(name: string, bytes: Uint8Array): void {
		const more = bytes.byteLength - (this.kept.get(name)?.byteLength ?? 0);
		if (this.maxBytes !== null && this.bytes + more > this.maxBytes)
			throw new StoreError(`Cannot keep "${name}": the store is full (${this.maxBytes} bytes)`);
		// A Buffer's own slice would be the same bytes.
		this.kept.set(name, Uint8Array.from(bytes));
		this.bytes += more;
	}

	private drop(name: string): void {
		this.bytes -= this.kept.get(name)?.byteLength ?? 0;
		this.kept.delete(name);
	}
}
