import { namedPrng, type Prng } from '../kernel/actor/random.ts';
import type { Leg } from '../kernel/bus/memory-options.ts';
import type { VirtualTime } from '../services/coordinator/virtual-time.test-support.ts';

/** What can go wrong beside the simulation. */
export const FAULTS = [
	/** A message, or an answer, does not come, comes late with all behind it, twice, after others, or as something else; what was kept does not come back as it was. */
	...(['lose', 'delay', 'duplicate', 'reorder', 'corrupt'] as const),
	/** For a while nothing comes from a process, to it, or both. */
	'partition',
	/** A process ends, and whoever leads the run is told, or is not. */
	...(['kill', 'vanish'] as const),
	/** A process stands still for a while. One that was replaced meanwhile goes on beside the one that has its place. */
	'stall',
	/** Whoever leads the run dies, or the bus with all that is on it; another goes on from what was kept. */
	...(['headless', 'busless'] as const),
	/** The store cannot keep, does not have what was put there, is slow. */
	...(['put', 'get', 'slow'] as const),
	/** Somebody else writes the head of the store. */
	'stale',
	/** The clock of whoever leads the run goes forward by much. */
	'jump',
] as const;
/** And where a run writes files. */
export const FAULTS_OF_FILES = [
	/** The disk has no room for a while, or cannot be written at all. */
	...(['full', 'readonly'] as const),
	/** The clock of the calendar goes forward or back by much. */
	'date',
] as const;
export type FaultKind = (typeof FAULTS)[number] | (typeof FAULTS_OF_FILES)[number];

/** Which faults strike a run, and how often. */
export interface Climate {
	readonly kinds: readonly FaultKind[];
	/** That one strikes at a message. */
	readonly chance: number;
	/** All together. */
	readonly most: number;
	/** That one strikes when something is kept or fetched; default: as at a message. */
	readonly storeChance?: number;
}

/** Draws faults, the same for the same seed. */
export class Weather {
	/** What has struck, with the time and the place. */
	readonly struck: { readonly kind: FaultKind; readonly where: string }[] = [];
	/** How often one could have struck. */
	occasions = 0;
	readonly climate: Climate;
	private readonly random: Prng;
	private readonly nowMs: () => number;

	constructor(seed: number, nowMs: () => number, climate?: Climate) {
		this.random = namedPrng(`${seed}/faults`);
		this.nowMs = nowMs;
		this.climate = climate ?? drawClimate(this.random, FAULTS, [0.01, 0.03, 0.1]);
	}

	/** The fault of one of these kinds that strikes now; mostly none. */
	strike(
		among: readonly FaultKind[],
		where: string,
		chance = this.climate.chance,
	): FaultKind | null {
		const { kinds, most } = this.climate;
		this.occasions++;
		if (this.struck.length >= most || this.random.uniform() >= chance) return null;
		const fitting = among.filter((kind) => kinds.includes(kind));
		if (fitting.length === 0) return null;
		const kind = this.pick(fitting);
		this.struck.push({ kind, where: `${kind} at ${Math.round(this.nowMs())} ms, ${where}` });
		return kind;
	}

	/** Once it has struck, for good. */
	has(kind: FaultKind): boolean {
		return this.struck.some((one) => one.kind === kind);
	}

	pick<T>(list: readonly T[]): T {
		return list[Math.floor(this.random.uniform() * list.length)] as T;
	}

	isHeads(): boolean {
		return this.random.uniform() < 0.5;
	}

	/** Mostly short, sometimes long. */
	ms(least: number, most: number): number {
		return least * (most / least) ** this.random.uniform();
	}
}

/** Few kinds at a time: together they hide each other. */
export function drawClimate(
	random: Prng,
	among: readonly FaultKind[],
	chances: readonly number[],
): Climate {
	const pick = <T>(list: readonly T[]) => list[Math.floor(random.uniform() * list.length)] as T;
	const count = pick([1, 1, 2, 3, among.length]);
	const kinds = new Set<FaultKind>();
	while (kinds.size < count) kinds.add(pick(among));
	const [chance, most] = [pick(chances), pick([1, 2, 3, 6, 12])];
	return { kinds: [...kinds], chance, most };
}

/** What a process is to the bus. */
export interface Afloat {
	readonly name: string;
	/** Nothing leaves it and nothing comes to it until then. */
	stalledUntilMs: number;
	/** What it says, or hears, is lost until then. */
	deafUntilMs: number;
	muteUntilMs: number;
}

const MESSAGE_FAULTS = ['lose', 'delay', 'duplicate', 'reorder', 'corrupt'] as const;
type MessageFault = (typeof MESSAGE_FAULTS)[number];
const isMessageFault = (kind: FaultKind): kind is MessageFault =>
	(MESSAGE_FAULTS as readonly FaultKind[]).includes(kind);

export interface SeaContext {
	readonly weather: Weather;
	readonly time: VirtualTime;
	/** Every message takes so long. */
	readonly latencyMs: number;
	/** Messages carry a seal, by which one that was changed is known. */
	readonly isSealed: boolean;
	/** Whose connection it is. */
	whose(bus: Leg['from']): Afloat;
	/** Carries out a fault that strikes no message alone. */
	strike(kind: FaultKind, leg: Leg): void;
}

/** What a message crosses: it keeps the order between two connections, but where a fault breaks it. */
export class Sea {
	private readonly context: SeaContext;
	/** Messages under way between two connections; the first of them goes first. */
	private readonly lanes = new Map<Leg['from'], Map<Leg['to'], (() => void)[]>>();

	constructor(context: SeaContext) {
		this.context = context;
	}

	readonly carry = (leg: Leg, arrive: (payload: Uint8Array) => void): void => {
		const { weather, time, latencyMs, whose, strike } = this.context;
		const [from, to] = [whose(leg.from), whose(leg.to)];
		const where = `${leg.isAnswer ? 'answer' : 'message'} of ${from.name} to ${to.name} on ${leg.subject}`;
		const { kinds } = weather.climate;
		const kind = weather.strike(kinds, where);
		if (kind !== null && !isMessageFault(kind)) strike(kind, leg);
		const nowMs = time.nowMs();
		if (from.muteUntilMs > nowMs || to.deafUntilMs > nowMs || kind === 'lose') return;
		const payload = kind === 'corrupt' ? this.corrupted(leg.payload) : leg.payload;
		const come = () => arrive(payload);
		if (kind === 'reorder') {
			void time.sleep(latencyMs + weather.ms(1, 1_000)).then(come);
			return;
		}
		const delayMs = latencyMs + (kind === 'delay' ? weather.ms(1, 20_000) : 0);
		this.queue(leg, [from, to], delayMs, come);
		if (kind === 'duplicate') this.queue(leg, [from, to], weather.ms(1, 5_000), come);
	};

	/** After all that goes before it, and not before both ends move. */
	private queue(leg: Leg, ends: readonly [Afloat, Afloat], delayMs: number, come: () => void) {
		const { time } = this.context;
		const lanes = this.lanes.get(leg.from) ?? new Map<Leg['to'], (() => void)[]>();
		this.lanes.set(leg.from, lanes);
		const lane = lanes.get(leg.to) ?? [];
		lanes.set(leg.to, lane);
		const stillMs = () => Math.max(...ends.map((end) => end.stalledUntilMs)) - time.nowMs();
		if (lane.length === 0 && delayMs === 0 && stillMs() <= 0) {
			come();
			return;
		}
		const dueMs = time.nowMs() + delayMs;
		const go = async () => {
			for (let waitMs = dueMs - time.nowMs(); waitMs > 0 || stillMs() > 0; waitMs = 0)
				await time.sleep(Math.max(waitMs, stillMs()));
			come();
			lane.shift();
			lane[0]?.();
		};
		lane.push(() => void go());
		if (lane.length === 1) lane[0]?.();
	}

	/** Other bytes, or fewer. Without a seal only what is cut short can be told from another message. */
	private corrupted(payload: Uint8Array): Uint8Array {
		const { weather, isSealed } = this.context;
		const at = Math.floor(weather.ms(1, Math.max(1, payload.length)) - 1);
		if (!isSealed || weather.isHeads()) return payload.slice(0, at);
		return payload.map((byte, i) => (i === at ? byte ^ 1 : byte));
	}
}
