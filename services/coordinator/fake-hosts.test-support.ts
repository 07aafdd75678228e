import type { Bus } from '../../kernel/bus/bus.ts';
import { Exchange, placeKey } from '../../kernel/bus/keys.ts';
import { MemoryBroker } from '../../kernel/bus/memory-bus.ts';
import { Seal } from '../../kernel/bus/seal.ts';
import { decode, encode } from '../../protocol/codec.ts';
import type { TakesCommands } from '../../protocol/commands.ts';
import { type Hello, PROTOCOL_VERSION } from '../../protocol/messages.ts';
import { NOTHING_REFUSED } from '../../protocol/refusals.ts';
import type { StatusReport } from '../../protocol/status-messages.ts';
import { JOIN_SUBJECT, runSubjects } from '../../protocol/subjects.ts';
import { SECOND_US } from '../../protocol/time.ts';
import type { Grant } from '../../protocol/window-messages.ts';
import { Coordinator } from './coordinator.ts';
import type { RunPlan, World } from './run-plan.ts';
import { testTrust } from './trust.test-support.ts';
import { VirtualTime } from './virtual-time.test-support.ts';

/** Hosts that are made of messages alone, and a clock that moves only while everybody waits. */

export const subjects = runSubjects('r');
export const refusals = NOTHING_REFUSED;

function world() {
	const notices: string[] = [];
	const { setTimer, nowMs, sleep } = new VirtualTime();
	return { notices, setTimer, nowMs, sleep, notice: (text: string) => void notices.push(text) };
}

export function planOf(hosts: readonly string[], more: Partial<RunPlan> = {}): RunPlan {
	return {
		run: 'r',
		seed: '1',
		untilUs: 4 * SECOND_US,
		windowUs: SECOND_US,
		roster: hosts.map((host) => ({ name: host, kind: 'any', host, config: null })),
		wires: [],
		external: new Set(),
		pace: null,
		...more,
	};
}

export const trust = testTrust();

export const hello = (host: string, more: Partial<Hello> = {}): Hello => ({
	type: 'hello',
	version: PROTOCOL_VERSION,
	host,
	kinds: ['any'],
	machine: 'test',
	pid: 1,
	program: trust.program,
	publicKey: new Exchange().publicKey,
	challenge: null,
	...more,
});

/** Says hello with the seal of a place, or of workers; what comes back is opened if it has the same seal. */
export async function greet(
	bus: Bus,
	one: Hello,
	{ secret = placeKey(trust.runKey, one.host), at = subjects.hello } = {},
) {
	const seal = new Seal(secret);
	const { bytes, tag } = seal.closeTagged(at, encode(one));
	const answer = await bus.request(at, bytes, 1000);
	const inside = seal.openAnswer(tag, answer);
	const message = decode(inside ?? answer, 'welcome', 'refused', 'challenge');
	return { message, isSealed: inside !== null };
}

/** A worker's two hellos: the first is answered with a nonce to repeat. */
export async function greetAsWorker(bus: Bus, one: Hello) {
	const secret = trust.joinSecret;
	const { message } = await greet(bus, one, { secret, at: JOIN_SUBJECT });
	if (message.type !== 'challenge') return message;
	return (await greet(bus, { ...one, challenge: message.nonce }, { secret })).message;
}

interface Behaviour {
	/** It takes an external place. */
	readonly isWorker?: boolean;
	/** Answers a grant; undefined: never. */
	readonly onGrant?: (grant: Grant) => Uint8Array | Promise<Uint8Array> | undefined;
	/** Answers a stop; undefined: never. */
	readonly onStop?: () => Uint8Array | undefined;
	/** Answers a status request; undefined: never. */
	readonly onStatus?: () => StatusReport | undefined;
	readonly alignUs?: number;
	readonly takes?: TakesCommands;
}

/** A host that joins and is ready; by default it completes every window at once. */
export async function fakeHost(
	broker: MemoryBroker,
	name: string,
	behaviour: Behaviour = {},
): Promise<Bus> {
	const bus = broker.connect();
	const isWorker = behaviour.isWorker === true;
	const answer = isWorker
		? await greetAsWorker(bus, hello(name))
		: (await greet(bus, hello(name))).message;
	if (answer.type !== 'welcome') throw new Error(`${name} was not welcomed`);
	const { seat } = answer;
	const ok = encode({ type: 'ok' });
	const stopped = encode({ type: 'stopped', host: name, refusals });
	const done = ({ attempt, window }: Grant) =>
		encode({ type: 'done', host: name, attempt, window, steps: 1, kept: null, refusals });
	bus.subscribe(subjects.host(name, seat), (bytes) => {
		const message = decode(bytes, 'wired', 'restore', 'grant', 'stop');
		if (message.type === 'grant') return (behaviour.onGrant ?? done)(message);
		if (message.type !== 'stop') return ok;
		return behaviour.onStop === undefined ? stopped : behaviour.onStop();
	});
	bus.subscribe(subjects.status(name, seat), (bytes) => {
		decode(bytes, 'status');
		const report = behaviour.onStatus?.();
		return report === undefined ? undefined : encode(report);
	});
	const more = behaviour.takes === undefined ? {} : { takes: behaviour.takes };
	const actors = [
		{ name, alignUs: behaviour.alignUs ?? 0, alignedPorts: [], inputs: [], outputs: [], ...more },
	];
	await bus.request(subjects.ready, encode({ type: 'ready', host: name, seat, actors }), 1000);
	return bus;
}

export const report = (host: string, progressUs: number, from?: string): StatusReport => ({
	type: 'status-report',
	carriesOut: 'grant',
	host,
	actors: [
		{
			name: host,
			progressUs,
			waits:
				from === undefined ? [] : [{ from: `${from}.out`, actor: from, knownUntilUs: progressUs }],
		},
	],
});

export function start(plan: RunPlan, about: Partial<World & Pick<VirtualTime, 'setTimer'>> = {}) {
	const outside = { ...world(), ...about };
	const broker = new MemoryBroker({ setTimer: outside.setTimer });
	const bus = broker.connect();
	const coordinator = new Coordinator(bus, { ...plan, trust }, outside, {
		waitLimitMs: 10_000,
		pollMs: 1_000,
		keeping: 'never',
	});
	return { broker, bus, outside, coordinator, end: coordinator.run() };
}
