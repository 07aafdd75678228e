import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { namesText } from '../../protocol/names-text.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { Offers } from './offers.ts';
import { type Offer, type Place, Places, packed, placedPlan, spread } from './places.ts';

/** Which worker has which place, as values. */
const test = suite('places');

const RUNS = { numRuns: 300 };

const place = (host: string, needs: Place['needs'] = {}, kind = 'replica'): Place => ({
	...{ host, needs, kinds: [kind], isForeign: false },
});
const offer = (capacity: number, labels: Offer['labels'] = {}): Offer => ({
	...{ capacity, labels, kinds: ['replica'] },
});
const four = [1, 2, 3, 4].map((i) => place(`replica-${i}`));

test('packed() gives a worker as many as it takes, of its kinds and labels alone', () => {
	assert.equal(packed(four, offer(3)), ['replica-1', 'replica-2', 'replica-3']);
	const mixed = [place('a', { zone: 'a' }), place('b', { zone: 'b' }), place('solar', {}, 'solar')];
	assert.equal(packed(mixed, offer(9, { zone: 'b', gpu: 'sim' })), ['b']);
	assert.equal(packed(mixed, offer(9)), []);
});

test('spread() deals evenly, waits for room for all, and leaves scarce places to those who may have them', () => {
	const two = new Map([
		['one', offer(9)],
		['two', offer(9)],
	]);
	assert.equal(
		[...(spread(four, two) ?? [])].map(([, hosts]) => hosts.length),
		[2, 2],
	);
	assert.is(spread(four, new Map([['one', offer(3)]])), null);
	const places = [place('any'), place('zoned', { zone: 'a' })];
	const offers = new Map([
		['zoned', offer(1, { zone: 'a' })],
		['other', offer(1)],
	]);
	assert.equal(
		spread(places, offers),
		new Map([
			['zoned', ['zoned']],
			['other', ['any']],
		]),
	);
});

test('spread() gives every place once, to nobody more than it takes, by at most one unevenly among equals', () => {
	const cases = fc.record({
		places: fc.integer({ min: 0, max: 12 }),
		capacities: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
	});
	void fc.assert(
		fc.property(cases, ({ places, capacities }) => {
			const free = Array.from({ length: places }, (_, i) => place(`p-${i}`));
			const offers = new Map(capacities.map((capacity, i) => [`w${i}`, offer(capacity)]));
			const dealt = spread(free, offers);
			const room = capacities.reduce((sum, one) => sum + one, 0);
			assert.is(dealt === null, room < places);
			if (dealt === null) return;
			assert.equal([...dealt.values()].flat().sort(), free.map(({ host }) => host).sort());
			const counts = capacities.map((_, i) => dealt.get(`w${i}`)?.length ?? 0);
			counts.forEach((count, i) => {
				assert.ok(count <= (capacities[i] as number));
				const isFull = count === capacities[i];
				assert.ok(isFull || count >= Math.max(...counts) - 1, counts.join(' '));
			});
		}),
		RUNS,
	);
});

test('Offers spread once nobody new has come for a while, and forget who asks no more', () => {
	const offers = new Offers('spread');
	const ask = (worker: string, nowMs: number, free = four) =>
		offers.deal({ worker, offer: offer(4), nowMs }, free);
	assert.is(ask('gone', 0), null);
	assert.is(ask('one', 5_500), null);
	assert.is(ask('two', 6_000), null);
	assert.match(offers.describe() ?? '', /^2 workers wait with room for 8/);
	assert.equal(ask('one', 8_000), ['replica-1', 'replica-3']);
	assert.equal(ask('two', 8_500, [four[1], four[3]] as Place[]), ['replica-2', 'replica-4']);
	assert.is(offers.describe(), null);
});

test('Places make one host of several, and the planned ones again when it is free', () => {
	const roster = [...four, place('solar')].map(({ host, kinds }) => ({
		...{ name: host, kind: kinds[0] as string, host, config: null },
	}));
	const places = new Places(roster, {
		needs: { solar: { zone: 'a' } },
		arrange: 'packed',
		foreign: [],
	});
	const plan = placedPlan({ roster }, places);
	assert.is(places.join(['replica-2', 'replica-3', 'solar']), 'replica-2');
	assert.equal(places.hosts, ['replica-1', 'replica-2', 'replica-4']);
	assert.equal(places.actorsOf('replica-2'), ['replica-2', 'replica-3', 'solar']);
	assert.equal(plan.roster, places.roster);
	places.free('replica-2');
	assert.equal(plan.roster, roster);
	assert.equal(places.placeOf('solar').needs, { zone: 'a' });
});

test('namesText() draws neighbours together', () => {
	assert.is(namesText(['router', 'replica-1', 'replica-2']), 'router, replica-1, replica-2');
	assert.is(
		namesText(['replica-9', 'replica-10', 'replica-11', 'solar']),
		'replica-9 to replica-11, solar',
	);
	assert.is(namesText(['a-1', 'b-2', 'b-3']), 'a-1, b-2, b-3');
});

test.run();
