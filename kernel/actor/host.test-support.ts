import * as z from 'zod';
import { columnsToBytes, decode, encode } from '../../protocol/codec.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { OutputsMessage, Welcome } from '../../protocol/messages.ts';
import { runSubjects } from '../../protocol/subjects.ts';
import type { Bus } from '../bus/bus.ts';
import { MemoryBroker } from '../bus/memory-bus.ts';
import type { ActorKind, RunEnding, TimeActor } from './contract.ts';
import { Host, type HostOptions } from './host.ts';

/** A host against a coordinator and a producer that are made of messages alone. */
export const subjects = runSubjects('r');
const FIELDS = [{ name: 'x', unit: 'W' as const }];

export const welcome: Welcome = {
	type: 'welcome',
	version: 1,
	run: 'r',
	host: 'h',
	seat: 0,
	seed: '1',
	untilUs: 10,
	actors: [{ name: 'b', kind: 'sink', host: 'h', config: { limit: 100 } }],
	wires: [
		{
			from: { actor: 'a', port: 'out' },
			to: { actor: 'b', port: 'in' },
			delayUs: 0,
			initial: null,
		},
	],
	messageKey: null,
};

interface Sink {
	readonly seen: number[];
	ended: RunEnding | null;
	readonly kind: ActorKind<{ limit: number }>;
}

export function makeSink(fail?: Error, init: () => null = () => null): Sink {
	const seen: number[] = [];
	const sink: Sink = {
		seen,
		ended: null,
		kind: {
			kind: 'sink',
			config: z.strictObject({ limit: z.number() }),
			create: ({ limit }): TimeActor<null> => ({
				timing: 'time',
				stepUs: 1,
				inputs: [{ name: 'in', kind: 'interval', fields: FIELDS }],
				outputs: [],
				init,
				step(state, _span, inputs) {
					const value = inputs[0]?.[0]?.value(0) as number;
					if (fail !== undefined) throw fail;
					if (value > limit) throw new Error(`${value} is above ${limit}`);
					seen.push(value);
					return state;
				},
				async finish(_state, end) {
					sink.ended = end;
				},
			}),
		},
	};
	return sink;
}

export async function startHost(...about: Parameters<typeof openHost>) {
	const { starting, ...host } = openHost(...about);
	await starting;
	return host;
}

/** The same while it still makes its actors. */
export function openHost(sink: Sink, changed: Partial<Welcome> = {}, options: HostOptions = {}) {
	const broker = new MemoryBroker();
	const bus: Bus = broker.connect();
	const ready: unknown[] = [];
	bus.subscribe(subjects.ready, (bytes) => {
		ready.push(decode(bytes, 'ready', 'failed'));
		return encode({ type: 'ok' });
	});
	const host = new Host(broker.connect(), { ...welcome, ...changed }, options);
	const starting = host.start(async (kind) => {
		if (kind !== 'sink') throw new ConfigError(`Cannot run an actor of kind "${kind}"`);
		return sink.kind as ActorKind;
	});
	const ask = async (message: Parameters<typeof encode>[0]) =>
		bus.request(
			message.type === 'status' ? subjects.status('h', 0) : subjects.host('h', 0),
			encode(message),
			500,
		);
	const wire = async () => decode(await ask({ type: 'wired', components: [['a'], ['b']] }), 'ok');
	const grant = async (untilUs: number) =>
		decode(
			await ask({ type: 'grant', attempt: 0, window: 0, fromUs: 0, untilUs, keep: false }),
			'done',
			'failed',
		);
	const publish = (seq: number, rows: readonly number[], untilUs: number) => {
		const columns = columnsToBytes(new Float64Array([...rows, ...rows.map((time) => 10 * time)]));
		const message: OutputsMessage = {
			type: 'outputs',
			attempt: 0,
			actor: 'a',
			seq,
			ports: [{ port: 'out', untilUs, columns }],
		};
		bus.publish(subjects.block('a', 'out'), encode(message));
	};
	return { broker, bus, host, ready, ask, wire, grant, publish, starting };
}
