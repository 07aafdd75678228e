import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryBroker } from '../kernel/bus/memory-bus.ts';
import { bytesToColumns, decode } from '../protocol/codec.ts';
import { runTopology, type Topology, timed, wire } from './topology.ts';

/** What actors of one host say to others in their loop: together, and never later than somebody here acts on it. */
const test = suite('speaking');

type Wired = Pick<Topology, 'wires' | 'placement'> & { readonly names: readonly string[] };

/** Steps of `host` and messages of it in their order, for two time steps. */
async function storyOf(
	host: string,
	{ names, wires, placement = {} }: Wired,
): Promise<readonly string[]> {
	const story: string[] = [];
	const broker = new MemoryBroker();
	const actors = Object.fromEntries(
		names.map((name) => [name, () => timed(name, 1, placement[name] === host ? story : [])]),
	);
	const { end } = await runTopology({
		...{ actors, wires, placement, untilUs: 2 },
		connect: async () => {
			const bus = broker.connect();
			const publish = (subject: string, payload: Uint8Array) => {
				const speaker = /\.loop\.(\w+)$/.exec(subject)?.[1];
				if (speaker !== undefined && placement[speaker] === host)
					story.push(`sent ${rowsIn(payload)}`);
				bus.publish(subject, payload);
			};
			return {
				...{ publish, closed: bus.closed, maxBytes: bus.maxBytes },
				subscribe: (subject, handler) => bus.subscribe(subject, handler),
				request: (subject, payload, ms, options) => bus.request(subject, payload, ms, options),
				openStore: (name, options) => bus.openStore(name, options),
				openQueue: (name, options) => bus.openQueue(name, options),
				findQueues: () => bus.findQueues(),
				flush: () => bus.flush(),
				close: () => bus.close(),
			};
		},
	});
	assert.is(end.error, null);
	return story;
}

function rowsIn(payload: Uint8Array): string {
	const { actor: speaker, ports } = decode(payload, 'outputs');
	return ports
		.flatMap(({ actor = speaker, columns }) => {
			const data = bytesToColumns(columns);
			return [...data.slice(0, data.length / 2)].map((timeUs) => `${actor}@${timeUs}`);
		})
		.join(' ');
}

test('actors that act on the same news answer in one message', async () => {
	const names = ['R1', 'R2', 'R3', 'C'];
	const replicas = names.slice(0, 3);
	const story = await storyOf('one', {
		names,
		wires: replicas.flatMap((name) => [
			wire(`${name}.out -> C.in`),
			wire(`C.out -> ${name}.in ~1`),
		]),
		placement: { R1: 'one', R2: 'one', R3: 'one', C: 'two' },
	});
	assert.equal(
		story.map((line) => line.replace(/ <-.*/, '')),
		['R1@0', 'R2@0', 'R3@0', 'sent R1@0 R2@0 R3@0', 'R1@1', 'R2@1', 'R3@1', 'sent R1@1 R2@1 R3@1'],
	);
});

test('news leave a host before somebody there takes time to act on them', async () => {
	const story = await storyOf('one', {
		names: ['B', 'A', 'C'],
		wires: [
			wire('A.out -> B.in'),
			wire('A.out -> C.in'),
			wire('B.out -> C.in'),
			wire('C.out -> A.in ~1'),
		],
		placement: { A: 'one', B: 'one', C: 'two' },
	});
	assert.equal(
		story.map((line) => line.replace(/ <-.*/, '')),
		['A@0', 'sent A@0', 'B@0', 'sent B@0', 'A@1', 'sent A@1', 'B@1', 'sent B@1'],
	);
});

test.run();
