import { type ActorName, portPath, type Wire } from '../../protocol/readings.ts';
import { FOREVER_US, type SimTime } from '../../protocol/time.ts';
import { TIRELESS } from '../bus/breather.ts';
import { ActorGroup } from './actor-group.ts';
import type { ActorRuntime } from './actor-runtime.ts';
import type { Actor } from './contract.ts';
import { pump } from './loop.ts';
import type { PortWriter } from './port-writer.ts';
import { SILENT } from './silent-outlet.test-support.ts';

/** A wire that ends in the actor, and all that it brings: rows of a time, the producer's, and values. */
export interface FedWire {
	readonly wire: Wire;
	readonly rows: readonly (readonly number[])[];
}

/** What a life is lived with. */
export interface FedActor {
	readonly name: ActorName;
	readonly wires: readonly FedWire[];
	readonly untilUs: SimTime;
	readonly windowUs: SimTime;
}

interface Feed extends FedWire {
	next: number;
}

/** One life of an actor in the runtime, alone: it is told its inputs up to a time, and steps. For tests. */
export class Life {
	/** What it has said, by port: row after row, its time and its values. */
	readonly rows = new Map<string, number[]>();
	readonly #about: FedActor;
	readonly #group: ActorGroup;
	readonly #feeds: readonly Feed[];

	constructor(actor: Actor, about: FedActor) {
		const { name, wires } = about;
		this.#about = about;
		for (const { name: port } of actor.outputs) this.rows.set(port, []);
		const readers = actor.outputs.map(
			({ name: port }): Wire => ({
				from: { actor: name, port },
				to: { actor: '', port },
				...{ delayUs: 0, initial: null },
			}),
		);
		this.#group = new ActorGroup(
			new Map([[name, actor]]),
			[...wires.map(({ wire }) => wire), ...readers],
			{ components: [[name]], componentOf: new Map([[name, 0]]), alignUs: 1 },
			{
				outlet: { ...SILENT, block: (_, port) => this.#collect(port) },
				breather: TIRELESS,
			},
		);
		this.#feeds = wires.map((fed) => ({ ...fed, next: 0 }));
	}

	/**
	 * Goes on until `untilUs`, as far as its inputs keep it from going on to the end of the window; to that end at last,
	 * with all that others say before it.
	 */
	goTo(untilUs: SimTime): void {
		const { windowUs } = this.#about;
		const endUs = Math.ceil(untilUs / windowUs) * windowUs;
		const isEnd = untilUs === endUs || untilUs === this.#about.untilUs;
		for (const feed of this.#feeds) this.#feed(feed, isEnd ? untilUs : untilUs - feed.wire.delayUs);
		const { timing } = this.#runtime.actor;
		const how = pump(this.#group, timing === 'span' && !isEnd ? endUs : untilUs);
		if (isEnd && how !== 'done') throw new Error(`it does not get to ${untilUs} us: ${how}`);
		for (const port of this.#runtime.outputs) this.#collect(port);
	}

	/** Goes on until `untilUs` and back to where it is: what it has said meanwhile counts for nothing. */
	tryTo(untilUs: SimTime): void {
		const moment = this.#group.takeMoment();
		const nexts = this.#feeds.map(({ next }) => next);
		const lengths = [...this.rows].map(([, rows]) => rows.length);
		this.goTo(untilUs);
		this.#group.putMoment(moment);
		this.#feeds.forEach((feed, i) => {
			feed.next = nexts[i] as number;
		});
		[...this.rows.values()].forEach((rows, i) => {
			rows.length = lengths[i] as number;
		});
	}

	/** The same life with another actor in another runtime, from this moment on. */
	renewed(actor: Actor): Life {
		const life = new Life(actor, this.#about);
		life.#group.putMoment(this.#group.takeMoment());
		for (const [port, rows] of this.rows) life.rows.set(port, rows);
		this.#feeds.forEach(({ next }, i) => {
			const feed = life.#feeds[i];
			if (feed !== undefined) feed.next = next;
		});
		return life;
	}

	/** The window that ends now is done. */
	windowDone(untilUs: SimTime): void {
		this.#runtime.windowDone(untilUs);
	}

	/** The run has come to its end. */
	async finish(untilUs: SimTime): Promise<void> {
		await this.#runtime.finish({ outcome: 'complete', reason: '', simulatedUntilUs: untilUs });
	}

	get #runtime(): ActorRuntime {
		return this.#group.runtimes[0] as ActorRuntime;
	}

	/** @param endUs at the producer's end of the wire */
	#feed(feed: Feed, endUs: SimTime): void {
		const { wire, rows } = feed;
		// One port may be wired to several of the actor's.
		const queues = (this.#group.incomingBlock.get(portPath(wire.from)) ?? []).filter(
			(queue) => queue.wire === wire,
		);
		for (; feed.next < rows.length; feed.next++) {
			const row = rows[feed.next] as readonly number[];
			if ((row[0] as number) >= endUs) break;
			for (const queue of queues) queue.push(row[0] as number, row, 1, 1);
		}
		for (const queue of queues) queue.promise(Math.min(endUs, FOREVER_US));
	}

	#collect({ spec, block }: PortWriter): void {
		const columns = block?.drain() ?? new Float64Array();
		const width = 1 + spec.fields.length;
		const count = columns.length / width;
		const rows = this.rows.get(spec.name) as number[];
		for (let row = 0; row < count; row++)
			for (let field = 0; field < width; field++) rows.push(columns[field * count + row] as number);
	}
}
