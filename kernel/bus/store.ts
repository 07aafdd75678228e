/**
 * A place on the bus where bytes outlive whoever put them there, with a head: a value that says which of them count.
 * One of several that write the head at a time wins; the others are told.
 */
export interface Store {
	/** What whoever relies on it should know, in a few words; null: nothing. */
	readonly remark: string | null;
	/** Keeps bytes under a name. Resolves when they are safe. @throws StoreError */
	put(name: string, bytes: Uint8Array): Promise<void>;
	/** Null if there is nothing of that name, it is not what was put there, or has more than `maxBytes`. @throws StoreError */
	get(name: string, maxBytes?: number): Promise<Uint8Array | null>;
	/** Nothing of that name is needed any more. @throws StoreError */
	drop(name: string): Promise<void>;
	/**
	 * Writes the head, if nobody else has written it since this store wrote or read it.
	 *
	 * @throws StaleHeadError if somebody has; StoreError
	 */
	writeHead(bytes: Uint8Array): Promise<void>;
	/** Null if none was written. @throws StoreError */
	readHead(): Promise<Uint8Array | null>;
	/** Removes the store with all that is in it. @throws StoreError */
	remove(): Promise<void>;
}

/** How a store is made. */
export interface StoreOptions {
	/** Makes it where there is none; otherwise it must be there. */
	readonly create: boolean;
	/** The most that it may hold, in bytes; further puts fail. Null: what the server has room for. */
	readonly maxBytes: number | null;
	/** What was put there is dropped after so long; default: never. */
	readonly keepMs?: number;
}

/** The store cannot be used: the server has no JetStream, is full, or is gone. */
export class StoreError extends Error {
	override readonly name = 'StoreError';
}

/** What was opened is not there any more: somebody has removed it, or the server has lost what it kept. */
export class GoneError extends StoreError {}

/** Somebody else leads what the store is for. */
export class StaleHeadError extends Error {
	override readonly name = 'StaleHeadError';
}
