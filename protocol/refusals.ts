import { plainText } from './plain-text.ts';
import type { RefusalTally } from './window-messages.ts';

/**
 * Messages that do not belong to a run are refused: they change nothing, they are counted, and the first of each
 * sort is named. Whoever listens on a bus has one of these.
 */

/** Why a message is refused: cannot be read, does not fit what goes on, came before, or is not of this run. */
export type RefusalKind = 'unreadable' | 'unexpected' | 'duplicate' | 'not-authentic';

/** A message that was refused. */
export interface Refusal {
	/** Where it came from: the subject that was listened to. */
	readonly subject: string;
	readonly kind: RefusalKind;
	/** For people; may quote what the message says. */
	readonly reason: string;
}

/** Sorts of refusals, by kind and subject, that are named; the rest is counted. Bounds memory and notices. */
const NAMED_MAX = 16;
const REASON_LENGTH_MAX = 300;

export const NOTHING_REFUSED: RefusalTally = { count: 0, duplicates: 0, named: [] };

/** Counts messages that are refused and that came twice, and names the first of each sort. */
export class Refusals {
	#count = 0;
	#duplicates = 0;
	readonly #sorts = new Set<string>();
	readonly #named: string[] = [];
	readonly #told = new Map<string, RefusalTally>();
	readonly #onNamed: (text: string) => void;

	/** `onNamed` receives the first refusal of each sort, in words. */
	constructor(onNamed: (text: string) => void = () => {}) {
		this.#onNamed = onNamed;
	}

	refuse({ subject, kind, reason }: Refusal): void {
		if (kind === 'duplicate') this.#duplicates++;
		else this.#count++;
		if (this.#sorts.size >= NAMED_MAX) return;
		const sort = `${kind} ${subject}`;
		if (this.#sorts.has(sort)) return;
		this.#sorts.add(sort);
		const why = plainText(reason, REASON_LENGTH_MAX);
		this.#name(`a message on ${plainText(subject, REASON_LENGTH_MAX)}: ${why}`);
	}

	/** Takes in what another process has counted so far; what it reported before is replaced. */
	hear(from: string, tally: RefusalTally): void {
		this.#told.set(from, tally);
		for (const text of tally.named) this.#name(plainText(text));
	}

	/** All so far, of the others too. */
	tally(): RefusalTally {
		let [count, duplicates] = [this.#count, this.#duplicates];
		for (const told of this.#told.values()) {
			count += told.count;
			duplicates += told.duplicates;
		}
		return { count, duplicates, named: [...this.#named] };
	}

	#name(text: string): void {
		if (this.#named.length >= NAMED_MAX || this.#named.includes(text)) return;
		this.#named.push(text);
		this.#onNamed(`Refused ${text}; further ones like it are counted`);
	}
}
