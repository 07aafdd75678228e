import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChildHost } from './child-host.ts';
import { startHosts } from './start-hosts.ts';

const test = suite('start hosts');

const turns = async (count = 20) => {
	for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

interface Started {
	readonly host: string;
	join(): void;
	end(how: string): void;
}

/** Hosts whose processes are made of promises. */
function startFakes(names: readonly string[], atATime: number) {
	const started: Started[] = [];
	const joins = new Map(names.map((name) => [name, defer()]));
	const ended: string[] = [];
	const notices: string[] = [];
	const hosts = startHosts({
		hosts: names,
		atATime,
		start(host): ChildHost {
			const { promise, resolve } = defer<string>();
			started.push({ host, join: () => joins.get(host)?.resolve(), end: resolve });
			return { host, pid: 1, ended: promise, isAtWork: () => false, kill() {} };
		},
		joined: (host) => joins.get(host)?.promise ?? Promise.reject(new Error(host)),
		onEnded: (host, how) => ended.push(`${host}: ${how}`),
		notice: (text) => notices.push(text),
	});
	return { hosts, started, ended, notices };
}

function defer<T = void>() {
	let resolve: (value: T) => void = () => {};
	const promise = new Promise<T>((settle) => {
		resolve = settle;
	});
	return { promise, resolve };
}

test('startHosts() starts the next when one has joined or ended, never more at a time', async () => {
	const names = ['a', 'b', 'c', 'd', 'e'];
	const { hosts, started, ended } = startFakes(names, 2);
	await turns();
	assert.equal(
		started.map(({ host }) => host),
		['a', 'b'],
	);
	assert.ok(hosts.isWaiting('c') && !hosts.isWaiting('a'));
	started[1]?.join();
	await turns();
	assert.is(started.length, 3);
	started[0]?.end('its process ended with code 2');
	await turns();
	assert.is(started.length, 4);
	assert.equal(ended, ['a: its process ended with code 2']);
	hosts.stop();
	started[2]?.join();
	await turns();
	assert.is(started.length, 4, 'no more after stop()');
});

test('startHosts() tries again where there was no room, and gives up in the end', async () => {
	const { started, ended, notices } = startFakes(['a'], 2);
	const noRoom = 'its process could not be started: spawn node EAGAIN';
	started[0]?.end(noRoom);
	while (started.length < 2) await turns();
	assert.equal(ended, []);
	assert.match(notices[0] ?? '', /^Starting a again in 0.25 s: .*EAGAIN; .*--processes N$/);
	started[1]?.join();
	await turns();
	started[1]?.end(noRoom);
	await turns();
	assert.equal(ended, [`a: ${noRoom}`], 'one that had joined is not started again');
	assert.is(started.length, 2);
});

test.run();
