import { CheckpointError, LostError, messageOf } from '../../protocol/errors.ts';
import type { HostEvent } from '../../protocol/run-events.ts';
import type { Grant, Kept, Restore } from '../../protocol/window-messages.ts';
import type { Bus } from '../bus/bus.ts';
import { digestOf } from '../bus/keys.ts';
import type { Store } from '../bus/store.ts';
import { momentName } from './moment-name.ts';

export interface HostKeepingContext {
	readonly host: string;
	readonly bus: Bus;
	/** Name of the run's store. */
	readonly store: string;
	/** Measures what keeping costs, in milliseconds. */
	stopwatchMs(): number;
	/** The attempt that the host is in. */
	attempt(): number;
	/** Hears what was kept. */
	tell(event: HostEvent): void;
}

/** Puts what a host is before a window into the store of the run, and fetches it from there. */
export class HostKeeping {
	/** What was kept last under this attempt; null: nothing yet. */
	kept: Kept | null = null;
	private readonly context: HostKeepingContext;
	private store: Promise<Store> | null = null;

	constructor(context: HostKeepingContext) {
		this.context = context;
	}

	/** Takes the bytes at once, and puts them into the store while the host goes on. */
	keep({ attempt, window }: Grant, take: () => Uint8Array): void {
		const { host, stopwatchMs } = this.context;
		const beganMs = stopwatchMs();
		let about: Omit<Kept, 'failure'> = { window, bytes: 0, sha256: null, tookMs: 0 };
		const note = (failure: string | null) => {
			if (this.context.attempt() !== attempt) return;
			this.kept = { ...about, failure };
			const { bytes, tookMs: stoodMs } = about;
			this.context.tell({ event: 'kept', attempt, window, bytes, stoodMs, text: failure });
		};
		try {
			const bytes = take();
			about = {
				...{ window, bytes: bytes.byteLength, sha256: digestOf(bytes) },
				tookMs: stopwatchMs() - beganMs,
			};
			this.open()
				.then((store) => store.put(momentName(attempt, window, host), bytes))
				.then(
					() => note(null),
					(error: unknown) => note(messageOf(error)),
				);
		} catch (error) {
			note(messageOf(error));
		}
	}

	/** @throws CheckpointError for what is not in the store, or not what was put there; LostError where nobody can say */
	async fetch(objects: Restore['objects']): Promise<Uint8Array[]> {
		const why = (reason: string) => `Cannot go on from where "${this.context.host}" was: ${reason}`;
		try {
			const store = await this.open();
			return await Promise.all(
				objects.map(async ({ name, sha256 }) => {
					const bytes = await store.get(name);
					if (bytes === null) throw new CheckpointError(why(`"${name}" is not in the store`));
					if (digestOf(bytes) !== sha256)
						throw new CheckpointError(why(`"${name}" is not what was kept`));
					return bytes;
				}),
			);
		} catch (error) {
			throw error instanceof CheckpointError ? error : new LostError(why(messageOf(error)));
		}
	}

	private open(): Promise<Store> {
		const { bus, store } = this.context;
		this.store ??= bus.openStore(store, { create: false, maxBytes: 0 }).catch((error: unknown) => {
			this.store = null;
			throw error;
		});
		return this.store;
	}
}
