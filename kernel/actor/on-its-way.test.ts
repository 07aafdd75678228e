import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decode, encode } from '../../protocol/codec.ts';
import { runSubjects } from '../../protocol/subjects.ts';
import { MemoryBroker } from '../bus/memory-bus.ts';
import { OnItsWay } from './on-its-way.ts';

const subjects = runSubjects('r');
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Hosts `a` and `b` that hear, and answer when they are let. */
function hearing(hosts: readonly string[]) {
	const broker = new MemoryBroker();
	const answers = new Map<string, (() => void)[]>();
	const isOpen = new Map<string, boolean>();
	const bus = broker.connect();
	for (const host of hosts)
		bus.subscribe(subjects.heard(host), async (bytes) => {
			decode(bytes, 'heard');
			if (isOpen.get(host) !== true)
				await new Promise<void>((resolve) =>
					answers.set(host, [...(answers.get(host) ?? []), resolve]),
				);
			return encode({ type: 'ok' });
		});
	return {
		bus: broker.connect(),
		asked: (host: string) => answers.get(host)?.length ?? 0,
		answer: (host: string) => answers.get(host)?.shift()?.(),
		open(host: string) {
			isOpen.set(host, true);
			for (const resolve of answers.get(host)?.splice(0) ?? []) resolve();
		},
	};
}

test('no more is sent than may be on its way until every hearer has heard', async () => {
	const { bus, asked, answer, open } = hearing(['a', 'b']);
	const way = new OnItsWay(bus, subjects, { actors: ['a', 'b'], aheadBytes: 100 });
	for (let sent = 0; sent < 100; sent += 10) way.add(10);
	assert.is(way.isFull, false);
	way.add(1);
	assert.is(way.isFull, true);
	await turn();
	assert.equal([asked('a'), asked('b')], [3, 3]);
	let hasRoom = false;
	const room = way.room().then(() => {
		hasRoom = true;
	});
	open('a');
	await turn();
	assert.is(hasRoom, false, 'b has not heard');
	answer('b');
	await turn();
	assert.is(way.isFull, false);
	await room;
	way.add(29);
	assert.is(way.isFull, false);
	way.add(1);
	assert.is(way.isFull, true);
	open('b');
	await way.room();
	assert.is(way.isFull, false);
});

test('nobody is waited for where nobody hears, is gone, or belongs to what is given up', async () => {
	const { bus, open } = hearing(['a']);
	const silent = new OnItsWay(bus, subjects, { actors: [], aheadBytes: 1 });
	silent.add(1_000);
	assert.is(silent.isFull, false);
	const gone = new OnItsWay(bus, subjects, { actors: ['nobody'], aheadBytes: 1 });
	gone.add(1_000);
	await gone.room();
	const way = new OnItsWay(bus, subjects, { actors: ['a'], aheadBytes: 100 });
	way.add(1_000);
	const room = way.room();
	await turn();
	way.forget();
	await room;
	// What is answered late is of what was forgotten, and makes no room.
	way.add(120);
	way.add(10);
	open('a');
	await way.room();
	assert.is(way.isFull, false);
	way.add(90);
	way.add(11);
	assert.is(way.isFull, true);
});

test.run();
