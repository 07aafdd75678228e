import { namesText } from '../../protocol/names-text.ts';
import { someOf } from './diagnosis.ts';
import { type Place, workerFlags } from './places.ts';

/** Whom a run waits for before its first window. */
export interface Missing {
	/** Hosts of the run. */
	readonly count: number;
	/** Those that have joined and make their actors. */
	readonly unready: readonly string[];
	/** Processes of our own that have not joined. */
	readonly unjoined: readonly string[];
	/** Places that no worker has taken. */
	readonly awaited: readonly Place[];
	/** Of workers that wait themselves; null: none do. */
	readonly waiting: string | null;
}

/** For people: who is missing, and how to start workers that may have the places. */
export function describeMissing(
	waitedMs: number,
	{ count, unready, unjoined, awaited, waiting }: Missing,
): string {
	const parts = [
		...unjoined.map((host) => `${host} has not joined`),
		...describeAwaited(awaited),
		...unready.map((host) => `${host} is still making its actors`),
		...(waiting === null ? [] : [waiting]),
	];
	const missing = unready.length + unjoined.length + awaited.length;
	const seconds = Math.round(waitedMs / 1000);
	return `Waiting since ${seconds} s for ${missing} of ${count} hosts: ${someOf(parts, '; ')}`;
}

/** Places that want the same of a worker stand together. */
function describeAwaited(awaited: readonly Place[]): string[] {
	const alike = new Map<string, string[]>();
	for (const place of awaited) {
		if (place.isForeign) continue;
		const flags = workerFlags(place).join(' ');
		alike.set(flags, [...(alike.get(flags) ?? []), place.host]);
	}
	const foreign = awaited.filter(({ isForeign }) => isForeign);
	return [
		...[...alike].map(([flags, hosts]) => {
			const args = flags === '' ? '' : ` ARGS="${flags}"`;
			return `${unjoined(hosts)} (start it with: make worker NATS_URL=...${args})`;
		}),
		...foreign.map(
			({ host, kinds }) => `${unjoined([host])} (a program for ${kinds.join(', ')} of your own)`,
		),
	];
}

function unjoined(hosts: readonly string[]): string {
	return `${namesText(hosts)} ${hosts.length === 1 ? 'has' : 'have'} not joined`;
}
