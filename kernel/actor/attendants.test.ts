import { setImmediate as turn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encode } from '../../protocol/codec.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { ActorKind, TimeActor } from './contract.ts';
import { makeSink, startHost, subjects } from './host.test-support.ts';

const test = suite('attendants');

/** A sink beside which something runs, and what became of that. */
function attended(attend?: TimeActor['attend']) {
	const sink = makeSink();
	const told: string[] = [];
	const create = (config: { limit: number }, env: Parameters<ActorKind['create']>[1]) => ({
		...(sink.kind.create(config, env) as TimeActor<null>),
		attend:
			attend ??
			(async () => {
				told.push('begun');
				return { end: async () => void told.push('ended') };
			}),
	});
	return { sink: { ...sink, kind: { ...sink.kind, create } }, told };
}

const STOP = {
	type: 'stop',
	outcome: 'interrupted',
	reason: '',
	simulatedUntilUs: 4,
} as const;

test('what runs beside an actor begins with the first window and ends with the run', async () => {
	const { sink, told } = attended();
	const { wire, grant, publish, ask } = await startHost(sink);
	await wire();
	assert.equal(told, []);
	publish(0, [0, 1, 2, 3], 4);
	assert.is((await grant(4)).type, 'done');
	assert.equal(told, ['begun']);
	await ask(STOP);
	await turn();
	assert.equal(told, ['begun', 'ended']);
});

test('nothing runs beside the actors of a run that is replayed', async () => {
	const { sink, told } = attended();
	const { wire, grant, publish } = await startHost(sink, { isReplay: true });
	await wire();
	publish(0, [0, 1, 2, 3], 4);
	assert.is((await grant(4)).type, 'done');
	assert.equal(told, []);
});

test('a host whose place another process has ends it', async () => {
	const { sink, told } = attended();
	const { wire, grant, publish, bus, host } = await startHost(sink);
	await wire();
	publish(0, [0, 1, 2, 3], 4);
	await grant(4);
	bus.publish(subjects.host('h', 0), encode({ type: 'replaced', host: 'h' }));
	await host.ended.catch(() => {});
	await turn();
	assert.equal(told, ['begun', 'ended']);
});

test('what cannot begin fails the run, and says why', async () => {
	const { sink } = attended(async () => {
		throw new ConfigError('Cannot ask the feed: FEED_KEY is not set');
	});
	const { wire, grant } = await startHost(sink);
	await wire();
	const answer = await grant(4);
	assert.is(answer.type, 'failed');
	if (answer.type !== 'failed') return;
	assert.is(answer.actor, 'b');
	assert.is(answer.cause, 'configuration');
	assert.is(answer.message, 'Cannot ask the feed: FEED_KEY is not set');
});

test.run();
