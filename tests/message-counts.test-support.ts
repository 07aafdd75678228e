import { join } from 'node:path';
import { Host } from '../kernel/actor/host.ts';
import { joinRun } from '../kernel/actor/join.ts';
import type { Answer, Bus, Handler, RequestOptions, Subscription } from '../kernel/bus/bus.ts';
import { placeKey } from '../kernel/bus/keys.ts';
import { MemoryBroker } from '../kernel/bus/memory-bus.ts';
import type { Store, StoreOptions } from '../kernel/bus/store.ts';
import type { FoundQueue, QueueOptions, WorkQueue } from '../kernel/bus/work-queue.ts';
import { applicant } from '../kernel/host/process.ts';
import { runSubjects } from '../protocol/subjects.ts';
import type { SimTime } from '../protocol/time.ts';
import { holdFolder } from '../run/launch/hold-folder.ts';
import { makePlan } from '../run/make-plan.ts';
import { lockName } from '../run/resolve/plan.ts';
import { Scenario } from '../run/resolve/scenario.ts';
import { Coordinator } from '../services/coordinator/coordinator.ts';
import { testTrust } from '../services/coordinator/trust.test-support.ts';
import { KIND_NAMES, kindsWith } from '../services/kinds.ts';
import { readRows, tempFolder } from './cli.ts';

/**
 * What a run says over the bus, counted and not timed: every host is a real one with its real actors, all of them in this
 * process, so that the counts are the same on every machine.
 */
export interface MessageCounts {
	readonly folder: string;
	readonly hosts: number;
	readonly requests: number;
	/** Messages between actors in one loop, by step. */
	readonly loopPerStep: number;
	/** All others between actors, by step. */
	readonly blocksPerStep: number;
	/** The same of both, by request. */
	readonly perRequest: number;
	/**
	 * Messages that had to be sent one after the other, by step, with those at the ends of windows: the delays of the network
	 * that a step costs.
	 */
	readonly hopsPerStep: number;
}

/** Runs a scenario and counts from the end of its first window on. */
export async function countMessages(
	values: Readonly<Record<string, unknown>>,
): Promise<MessageCounts> {
	const folder = join(tempFolder(), 'run');
	const plan = await makePlan(Scenario.parse(values), { out: folder, command: null });
	const held = holdFolder(plan.folder, lockName(plan.run), () => {});
	const { run, roster, wires, external, frame } = plan;
	const { seed, untilUs, windowUs, stepUs } = frame;
	const trust = testTrust();
	const tally = new Tally();
	const broker = new MemoryBroker();
	const lead = new CountedBus(broker.connect(), tally);
	const marks: { readonly us: SimTime; readonly hops: number; loop: number; block: number }[] = [];
	const coordinator = new Coordinator(
		lead,
		{ run, seed, untilUs, windowUs, roster, wires, external, pace: null, trust },
		{
			nowMs: () => 0,
			sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
			notice: () => {},
			windowDone: (us) =>
				void marks.push({ us, hops: lead.depth, loop: tally.loop, block: tally.block }),
		},
		{ waitLimitMs: 60_000, pollMs: 60_000, keeping: 'never' },
	);
	const running = coordinator.run();
	const hosts = [...new Set(roster.map(({ host }) => host))];
	for (const name of hosts) {
		const bus = new CountedBus(broker.connect(), tally);
		const who = applicant(name, KIND_NAMES, trust.program);
		const { welcome } = await joinRun(bus, who, {
			...{ subject: runSubjects(run).hello, secret: placeKey(trust.runKey, name) },
			...{ isSecret: true, again: async () => true },
		});
		await new Host(bus, welcome).start(kindsWith([]));
	}
	const { error } = await running.finally(() => held.release());
	if (error !== null) throw error;
	const [first, last] = [marks[0], marks.at(-1)];
	if (first === undefined || last === undefined || first === last)
		throw new Error('a run of one window only');
	const steps = (last.us - first.us) / stepUs;
	const requests = readRows(folder, 'request_metrics.csv').length;
	const loop = last.loop - first.loop;
	const block = last.block - first.block;
	return {
		...{ folder, hosts: hosts.length, requests },
		loopPerStep: loop / steps,
		blocksPerStep: block / steps,
		perRequest: (tally.loop + tally.block) / requests,
		hopsPerStep: (last.hops - first.hops) / steps,
	};
}

/** Messages by what their subject says they are. */
class Tally {
	loop = 0;
	block = 0;

	count(subject: string): void {
		const [, , , sort] = subject.split('.');
		if (sort === 'loop') this.loop++;
		if (sort === 'block') this.block++;
	}
}

/**
 * Counts what is published, and how many messages stand one after the other before whatever is sent or has come (a
 * Lamport clock): each takes its number along behind its bytes.
 */
class CountedBus implements Bus {
	depth = 0;
	readonly maxBytes: number;
	readonly closed: Promise<Error | null>;
	private readonly bus: Bus;
	private readonly tally: Tally;

	constructor(bus: Bus, tally: Tally) {
		this.bus = bus;
		this.tally = tally;
		this.closed = bus.closed;
		this.maxBytes = bus.maxBytes;
	}

	publish(subject: string, payload: Uint8Array): void {
		this.tally.count(subject);
		this.bus.publish(subject, this.marked(payload));
	}

	subscribe(subject: string, handler: Handler): Subscription {
		return this.bus.subscribe(subject, (bytes) => {
			const answer = handler(this.taken(bytes));
			return answer instanceof Promise ? answer.then(this.answered) : this.answered(answer);
		});
	}

	async request(
		subject: string,
		payload: Uint8Array,
		timeoutMs: number,
		{ accept, ...options }: RequestOptions = {},
	): Promise<Uint8Array> {
		const answer = await this.bus.request(subject, this.marked(payload), timeoutMs, {
			...options,
			...(accept === undefined
				? {}
				: { accept: (bytes) => accept(bytes.subarray(0, -DEPTH_BYTES)) }),
		});
		return this.taken(answer);
	}

	openStore(name: string, options: StoreOptions): Promise<Store> {
		return this.bus.openStore(name, options);
	}

	openQueue(name: string, options: QueueOptions): Promise<WorkQueue> {
		return this.bus.openQueue(name, options);
	}

	findQueues(): Promise<readonly FoundQueue[]> {
		return this.bus.findQueues();
	}

	flush(): Promise<void> {
		return this.bus.flush();
	}

	close(): Promise<void> {
		return this.bus.close();
	}

	private readonly answered = (answer: Answer): Answer => {
		if (answer === undefined) return undefined;
		return answer instanceof Uint8Array
			? this.marked(answer)
			: answer.map((part) => this.marked(part));
	};

	private marked(payload: Uint8Array): Uint8Array {
		const bytes = new Uint8Array(payload.byteLength + DEPTH_BYTES);
		bytes.set(payload);
		new DataView(bytes.buffer).setFloat64(payload.byteLength, this.depth + 1);
		return bytes;
	}

	private taken(bytes: Uint8Array): Uint8Array {
		const end = bytes.byteLength - DEPTH_BYTES;
		const depth = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(end);
		this.depth = Math.max(this.depth, depth);
		return bytes.subarray(0, end);
	}
}

const DEPTH_BYTES = 8;

/** A scenario, and the most that it may say. */
export interface MessageBudget {
	readonly title: string;
	readonly scenario: Readonly<Record<string, unknown>>;
	readonly most: Partial<Record<'loopPerStep' | 'perRequest' | 'hopsPerStep', number>>;
}

const QPS = 0.5;
const HOUR_AND_A_HALF = { until: '90min', window: '30min', location: 'San Francisco' };
const CAP = [{ signal: 'carbon', above: 300, capWPerGpu: 250 }];
/** A window's end costs four hops (the last outputs, done, grant, the first outputs), of which two are steps' own. */
const WINDOWS = 5 / 30;

export const MESSAGE_BUDGETS: readonly MessageBudget[] = [
	{
		title: 'open loop: no cap and no battery',
		scenario: { ...HOUR_AND_A_HALF, requests: { qps: QPS }, cap: [], batteries: [] },
		most: { loopPerStep: 0, hopsPerStep: WINDOWS, perRequest: 0.05 },
	},
	{
		title: 'without a cap: controller and battery in a process each',
		scenario: { ...HOUR_AND_A_HALF, requests: { qps: QPS }, cap: [] },
		most: { loopPerStep: 2, hopsPerStep: 2 + WINDOWS, perRequest: 0.1 },
	},
	{
		title: 'with a cap: two replicas more in the loop, in a process each',
		scenario: { ...HOUR_AND_A_HALF, requests: { qps: QPS }, cap: CAP },
		most: { loopPerStep: 4, hopsPerStep: 2 + WINDOWS, perRequest: 0.2 },
	},
	{
		title: 'a router that asks for the least outstanding',
		scenario: { ...HOUR_AND_A_HALF, requests: { qps: QPS, policy: 'least_outstanding' }, cap: CAP },
		most: { loopPerStep: 4, hopsPerStep: 2 + WINDOWS, perRequest: 0.2 },
	},
	{
		title: 'with a cap: eight replicas in two processes',
		scenario: {
			...{ ...HOUR_AND_A_HALF, requests: { qps: QPS }, cap: CAP, serving: { replicas: 8 } },
			placement: { hosts: { one: replicas(1, 4), two: replicas(5, 8) } },
		},
		most: { loopPerStep: 4 + 2 * WINDOWS, hopsPerStep: 2 + WINDOWS, perRequest: 0.2 },
	},
	{
		title: 'with a cap: eight replicas and the microgrid in two processes',
		scenario: {
			...{ ...HOUR_AND_A_HALF, requests: { qps: QPS }, cap: CAP, serving: { replicas: 8 } },
			placement: {
				hosts: { one: [...replicas(1, 4), 'controller'], two: [...replicas(5, 8), 'battery'] },
			},
		},
		most: { loopPerStep: 2 + WINDOWS, hopsPerStep: 2 + WINDOWS, perRequest: 0.2 },
	},
];

function replicas(first: number, last: number): string[] {
	return Array.from({ length: last - first + 1 }, (_, i) => `replica-${first + i}`);
}

/** What of a budget is exceeded, in words; null if nothing is. */
export function overBudget(counts: MessageCounts, { most }: MessageBudget): string | null {
	for (const [name, limit] of Object.entries(most) as [keyof typeof most, number][])
		if (counts[name] > limit)
			return `${name} is ${counts[name].toFixed(3)}, not ${limit.toFixed(3)} at most`;
	return null;
}
