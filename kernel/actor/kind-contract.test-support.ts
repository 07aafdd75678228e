import { Packr } from 'msgpackr';
import { suite, type uvu } from 'uvu';
import * as assert from 'uvu/assert';
import type { SimTime } from '../../protocol/time.ts';
import type { Actor } from './contract.ts';
import { type FedActor, Life } from './fed-life.test-support.ts';
import { firstUnplain } from './plain-data.ts';
import { restoredActor } from './restored-actor.test-support.ts';

/** What one life of an actor takes place in. */
export interface World {
	/** An actor of always the same configuration. */
	make(): Actor;
	/** What is left of a life that has ended outside of its ports, such as files. */
	readonly written?: () => string;
}

/** An actor of a kind, with what comes in. */
export interface KindCase extends FedActor {
	readonly title: string;
	/** Its state follows what comes in, such as the requests that a replica serves: then that is what it grows with. */
	readonly followsLoad: boolean;
	/** A world for another life: all of them are alike. */
	open(): World;
}

/** How a life is lived; none of it may change what the actor says. */
export interface WayOfLife {
	/** Until when the actor is told its inputs at a time, beside the ends of windows. */
	readonly cutsUs: readonly SimTime[];
	/** After every so many steps a new actor goes on from a copy of the state. */
	readonly restoredEvery: number;
	/** What becomes of the runtime at cuts: nothing, a new one goes on from its moment, or it lives the time up to the cut twice. */
	readonly atCuts: 'goes-on' | 'gives-way' | 'goes-back';
}

/** What the suite calls. */
export interface Around {
	/** Draws ways of life and tries each. */
	draw(holds: (way: WayOfLife) => Promise<void>): Promise<void>;
	/** Takes a line on the size of the state. */
	say(text: string): void;
}

/** New actors cost time, some of them much: a life has about as many. */
const RESTORES = 12;
/** Twice the load's length may add so much to the largest state: numbers that count take more bytes as they grow. */
const GROWTH = { factor: 1.02, bytes: 64 };
/** The largest states cost most to look at: a life is looked at about as often. */
const LOOKS = 200;

/**
 * The contract of every kind of actor: what an actor remembers is its state, and its state is a value. Call `run()` on
 * the result.
 */
export function kindContract(kindCase: KindCase, { draw, say }: Around) {
	const test: uvu.Test<{ reference: Lived }> = suite<{ reference: Lived }>(
		`kind contract: ${kindCase.title}`,
	);
	test.before(async (context) => {
		context.reference = await liveUncut(kindCase);
		const { first, second } = context.reference.mostBytes;
		say(`${kindCase.title}: a state of ${Math.max(first, second)} bytes at most`);
	});

	test('its state is plain data', ({ reference }) => {
		assert.is(reference.unplain, null);
	});

	test('it says the same however time is cut, also if new actors go on from copies of its state', async ({
		reference,
	}) => {
		let restores = 0;
		await draw(async (way) => {
			const lived = await live(kindCase, way, reference.steps);
			restores += lived.restores;
			assertSame(lived, reference);
		});
		assert.ok(restores > 0, 'no life was restored');
	});

	test('lives that share an actor take no notice of each other', ({ reference }) => {
		const world = kindCase.open();
		const actor = world.make();
		// A sink holds a resource: there is one life to it.
		if (actor.finish !== undefined) return;
		const lives = [new Life(actor, kindCase), new Life(world.make(), kindCase)];
		const cutsUs = Array.from({ length: TURNS }, (_, i) =>
			Math.round(((i + 1) * kindCase.untilUs) / TURNS),
		);
		const stops = stopsOf(kindCase, cutsUs);
		for (let turn = 0; turn < stops.length + LAG; turn++) {
			// It begins when the others have lived for a while, and is always behind.
			if (turn === LAG) lives.push(new Life(actor, kindCase));
			for (const [i, life] of lives.entries()) {
				const stop = stops[turn - (i === 2 ? LAG : 0)];
				if (stop !== undefined) life.goTo(stop);
			}
		}
		// What is left outside of ports is of all three.
		const { written } = reference;
		for (const { rows } of lives) assertSame({ rows, written }, reference);
	});

	if (!kindCase.followsLoad)
		test('its state does not grow with the run', ({ reference }) => {
			const { first, second } = reference.mostBytes;
			assert.ok(
				second <= GROWTH.factor * first + GROWTH.bytes,
				`${first} bytes in the first half, ${second} in the second`,
			);
		});
	return test;
}

/** Pieces in which lives are lived by turns, and how many the last one is behind. */
const [TURNS, LAG] = [23, 5];

/** What an actor has said by the end. */
interface Said {
	/** Of each port, row after row: its time and its values. */
	readonly rows: ReadonlyMap<string, readonly number[]>;
	readonly written: string;
}

export interface Lived extends Said {
	readonly steps: number;
	readonly unplain: string | null;
	readonly mostBytes: { readonly first: number; readonly second: number };
}

/** The reference: nothing but windows, with a look at the state after steps. */
async function liveUncut(kindCase: KindCase): Promise<Lived> {
	const { untilUs } = kindCase;
	const world = kindCase.open();
	const seen = { unplain: null as string | null, first: 0, second: 0 };
	let [nowUs, steps, every] = [0, 0, 1];
	const { actor } = restoredActor(world.make(), {
		every: Number.POSITIVE_INFINITY,
		spare: () => world.make(),
		look: (state) => {
			if (++steps % every !== 0) return;
			if (steps > LOOKS * every) every *= 2;
			seen.unplain ??= firstUnplain(state);
			const half = nowUs <= untilUs / 2 ? 'first' : 'second';
			seen[half] = Math.max(seen[half], packedBytes(state));
		},
	});
	const life = new Life(actor, kindCase);
	for (const stopUs of stopsOf(kindCase, [])) {
		nowUs = stopUs;
		life.goTo(stopUs);
		life.windowDone(stopUs);
	}
	await life.finish(untilUs);
	const { unplain, ...mostBytes } = seen;
	return { rows: life.rows, written: world.written?.() ?? '', steps, unplain, mostBytes };
}

/** Lives from 0 to the end. @param steps how many there are about, to spread the restores among them */
async function live(
	kindCase: KindCase,
	{ cutsUs, restoredEvery, atCuts }: WayOfLife,
	steps: number,
): Promise<Said & { readonly restores: number }> {
	const { untilUs } = kindCase;
	const world = kindCase.open();
	let restores = 0;
	const every = Math.max(restoredEvery, Math.ceil(steps / RESTORES));
	const spare = () => {
		restores++;
		return world.make();
	};
	const restoring = () => restoredActor(world.make(), { every, spare }).actor;
	let life = new Life(restoring(), kindCase);
	for (const stopUs of stopsOf(kindCase, cutsUs)) {
		if (atCuts === 'goes-back') life.tryTo(stopUs);
		if (atCuts === 'gives-way') {
			life = life.renewed(restoring());
			restores++;
		}
		life.goTo(stopUs);
		if (isWindowEnd(kindCase, stopUs)) life.windowDone(stopUs);
	}
	await life.finish(untilUs);
	return { rows: life.rows, written: world.written?.() ?? '', restores };
}

function stopsOf({ untilUs, windowUs }: KindCase, cutsUs: readonly SimTime[]): SimTime[] {
	const windows = Math.ceil(untilUs / windowUs);
	const ends = Array.from({ length: windows }, (_, i) => Math.min((i + 1) * windowUs, untilUs));
	return [...new Set([...cutsUs.filter((cutUs) => cutUs < untilUs), ...ends])].sort(
		(a, b) => a - b,
	);
}

function isWindowEnd({ untilUs, windowUs }: KindCase, timeUs: SimTime): boolean {
	return timeUs % windowUs === 0 || timeUs === untilUs;
}

/** MessagePack in which arrays of numbers keep their type. */
const packr = new Packr({ moreTypes: true, useRecords: false });

/** How many bytes a state takes as MessagePack. */
export function packedBytes(state: unknown): number {
	return packr.pack(state).length;
}

function assertSame({ rows, written }: Said, reference: Said): void {
	for (const [port, expected] of reference.rows) {
		const values = rows.get(port) ?? [];
		const at = expected.findIndex((value, i) => !Object.is(value, values[i]));
		if (at === -1 && values.length === expected.length) continue;
		const place = at === -1 ? expected.length : at;
		const around = (list: readonly number[]) =>
			list.slice(Math.max(0, place - 4), place + 4).join();
		assert.unreachable(
			`port "${port}", number ${place} of ${expected.length}: it says ${around(values)} instead of ${around(expected)}`,
		);
	}
	assert.is(written, reference.written);
}
