import { digestOf } from './keys.ts';
import { forged, type OnDropped, type Seal, TAG_BYTES } from './seal.ts';
import { StaleHeadError, type Store, StoreError } from './store.ts';

/** A head that strangers write over is written again so often. */
const HEAD_TRIES = 5;

interface StoreSeals {
	readonly seal: Seal;
	readonly headSeal: Seal;
}

/** What is kept has the seal of the run too: others who use the server could put other bytes in its place. */
export function sealedStore(
	{ seal, headSeal }: StoreSeals,
	store: string,
	inner: Store,
	onDropped: OnDropped,
): Store {
	const place = (name: string) => `${store}/${name}`;
	const open = (by: Seal, name: string, bytes: Uint8Array | null) => {
		const inside = bytes === null ? null : by.openKept(place(name), bytes);
		if (bytes !== null && inside === null) onDropped(forged(place(name), 'what is kept there'));
		return inside;
	};
	/** Heads that we have written or read: what strangers put there again is nobody else's. */
	const known = new Set<string>();
	const readHead = async () => {
		const bytes = await inner.readHead();
		if (bytes !== null) known.add(digestOf(bytes));
		return open(headSeal, '', bytes);
	};
	/** Whether somebody leads in our place. What strangers have put there is counted. */
	const isLedElsewhere = async () => {
		const bytes = await inner.readHead();
		if (bytes === null || !known.has(digestOf(bytes))) return open(headSeal, '', bytes) !== null;
		onDropped({ subject: place(''), kind: 'duplicate', reason: 'it was there before' });
		return false;
	};
	const writeHead = async (bytes: Uint8Array) => {
		const sealed = headSeal.closeKept(place(''), bytes);
		for (let tries = 0; tries < HEAD_TRIES; tries++) {
			try {
				await inner.writeHead(sealed);
				known.add(digestOf(sealed));
				return;
			} catch (error) {
				if (!(error instanceof StaleHeadError) || (await isLedElsewhere())) throw error;
			}
		}
		throw new StoreError(`Cannot write the head of "${store}": others write over it`);
	};
	return {
		remark: inner.remark,
		put: (name, bytes) => inner.put(name, seal.closeKept(place(name), bytes)),
		get: async (name, maxBytes = Number.POSITIVE_INFINITY) =>
			open(seal, name, await inner.get(name, maxBytes + TAG_BYTES)),
		drop: (name) => inner.drop(name),
		writeHead,
		readHead,
		remove: () => inner.remove(),
	};
}
