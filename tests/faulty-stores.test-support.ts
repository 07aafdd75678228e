import type { Bus } from '../kernel/bus/bus.ts';
import { type Store, StoreError, type StoreOptions } from '../kernel/bus/store.ts';
import type { VirtualTime } from '../services/coordinator/virtual-time.test-support.ts';
import type { FaultKind, Weather } from './fault-weather.test-support.ts';

export interface StoreFaults {
	readonly weather: Weather;
	readonly time: VirtualTime;
	/** Whose store it is. */
	readonly name: string;
	/** What is kept carries a seal. Else it is JetStream that tells what was changed, by its digest. */
	readonly isSealed: boolean;
}

type Act = 'put' | 'get' | 'write';
/** What can go wrong with each. */
const KINDS: Readonly<Record<Act, readonly FaultKind[]>> = {
	put: ['put', 'slow'],
	get: ['get', 'slow', 'corrupt'],
	write: ['put', 'slow', 'stale'],
};

/** The bus, with stores that cannot keep, do not have what was put there, are slow, or are written by somebody else. */
export function faultyStores(bus: Bus, faults: StoreFaults): Bus {
	return {
		maxBytes: bus.maxBytes,
		openStore: (store, options) => openFaulty(bus, store, options, faults),
		openQueue: (queue, options) => bus.openQueue(queue, options),
		findQueues: () => bus.findQueues(),
		closed: bus.closed,
		publish: (subject, payload) => bus.publish(subject, payload),
		subscribe: (subject, handler) => bus.subscribe(subject, handler),
		request: (subject, payload, timeoutMs, options) =>
			bus.request(subject, payload, timeoutMs, options),
		flush: () => bus.flush(),
		close: () => bus.close(),
	};
}

async function openFaulty(
	bus: Bus,
	store: string,
	options: StoreOptions,
	{ weather, time, name, isSealed }: StoreFaults,
): Promise<Store> {
	const inner = await bus.openStore(store, options);
	const strike = async (act: Act, what: string): Promise<FaultKind | null> => {
		const { chance, storeChance = chance } = weather.climate;
		const kind = weather.strike(KINDS[act], `${act} "${what}" of ${name}`, storeChance);
		if (kind === 'slow') await time.sleep(weather.ms(10, 60_000));
		if (kind === 'put') throw new StoreError('the disk is full');
		return kind;
	};
	const usurp = async () => {
		const other = await bus.openStore(store, { create: false, maxBytes: 0 });
		await other.readHead();
		await other.writeHead(new Uint8Array([1]));
	};
	return {
		remark: inner.remark,
		drop: (one) => inner.drop(one),
		readHead: () => inner.readHead(),
		remove: () => inner.remove(),
		put: async (one, bytes) => {
			await strike('put', one);
			await inner.put(one, bytes);
		},
		async get(one) {
			const kind = await strike('get', one);
			const bytes = kind === 'get' ? null : await inner.get(one);
			if (kind !== 'corrupt' || bytes === null) return bytes;
			if (!isSealed) throw new StoreError(`Cannot read "${one}": its digest is another`);
			const at = Math.floor(weather.ms(1, bytes.length) - 1);
			return bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
		},
		writeHead: async (bytes) => {
			if ((await strike('write', 'head')) === 'stale') await usurp();
			await inner.writeHead(bytes);
		},
	};
}
