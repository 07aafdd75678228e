import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedPrng } from '../../kernel/actor/random.ts';
import { addStay, hearCompletions, noStays, queueUs, type Stays, usualStayUs } from './stay.ts';

const expectedStayUs = (stays: Stays, outstanding: number) =>
	usualStayUs(stays, [stays]) + queueUs(stays, outstanding);

test('an exact line is found, and a falling or missing one taken for none', () => {
	const [rising, falling, same] = [noStays(), noStays(), noStays()];
	for (let i = 0; i < 60; i++) {
		addStay(rising, i % 6, 1000 + 50 * (i % 6));
		addStay(falling, i % 6, 1000 - 50 * (i % 6));
		addStay(same, 3, 1150);
	}
	for (const outstanding of [0, 3, 20])
		assert.ok(Math.abs(expectedStayUs(rising, outstanding) - 1000 - 50 * outstanding) < 1e-3);
	assert.ok(Math.abs(expectedStayUs(falling, 9) - falling.meanUs) < 1e-9);
	assert.ok(Math.abs(expectedStayUs(same, 9) - 1150) < 1e-9);
	assert.ok(Number.isNaN(expectedStayUs(noStays(), 1)));
});

test('scatter without a slope gives a queue next to no weight', () => {
	const prng = namedPrng('stay');
	const stays = noStays();
	// Exponential stays of 2 s, whoever else is there.
	for (let i = 0; i < 3000; i++)
		addStay(stays, Math.floor(5 * prng.uniform()), -2e6 * Math.log(1 - prng.uniform()));
	assert.ok(Math.abs(stays.meanUs - 2e6) < 0.2e6);
	assert.ok(expectedStayUs(stays, 4) - expectedStayUs(stays, 0) < 0.1e6);
});

test('equal sites are known to be equal, and a slower one to be slower', () => {
	const prng = namedPrng('sites');
	const [one, other, slow] = [noStays(), noStays(), noStays()];
	for (let i = 0; i < 2000; i++)
		for (const [stays, meanUs] of [
			[one, 2e6],
			[other, 2e6],
			[slow, 3e6],
		] as const)
			addStay(stays, 0, -meanUs * Math.log(1 - prng.uniform()));
	const alike = [one, other];
	assert.ok(one.meanUs !== other.meanUs);
	assert.is(usualStayUs(one, alike), usualStayUs(other, alike));
	const differ = usualStayUs(slow, [one, slow]) - usualStayUs(one, [one, slow]);
	assert.ok(differ > 0.4e6 && differ < 1.2e6, `${differ}`);
	const everywhereUs = usualStayUs(noStays(), alike);
	assert.ok(everywhereUs > 1.8e6 && everywhereUs < 2.2e6);
});

/** What a site's router hears when requests arrive one by one and each ends at `endUs`. */
function learned(count: number, gapUs: () => number, endUs: (fromUs: number) => number): Stays {
	const [stays, heard] = [noStays(), { count: 0, stayS: 0 }];
	const fromUs: number[] = [];
	const endsUs: number[] = [];
	let [timeUs, done, stayS] = [0, 0, 0];
	for (let i = 0; i < count; i++) {
		timeUs += gapUs();
		for (let k = 0; k < fromUs.length; k++) {
			if ((endsUs[k] as number) > timeUs) continue;
			done++;
			stayS += ((endsUs[k] as number) - (fromUs[k] as number)) / 1e6;
			fromUs.splice(k, 1);
			endsUs.splice(k--, 1);
		}
		if (done > heard.count)
			hearCompletions(stays, heard, { count: done, stayS }, { outstanding: i - done, replicas: 1 });
		fromUs.push(timeUs);
		endsUs.push(endUs(timeUs));
	}
	return stays;
}

test('an M/M/1 queue is known from its completions: the stay is (outstanding + 1) times the service', () => {
	const prng = namedPrng('queue');
	const draw = (meanUs: number) => -meanUs * Math.log(1 - prng.uniform());
	let freeUs = 0;
	const stays = learned(
		20_000,
		() => draw(1.25e6),
		(fromUs) => {
			freeUs = Math.max(freeUs, fromUs) + draw(1e6);
			return freeUs;
		},
	);
	// 1 s a service; within a tenth, the two standard errors that are taken off, and that news come with arrivals only.
	for (const outstanding of [1, 4, 12]) {
		const expectedUs = 1e6 * (outstanding + 1);
		const expected = expectedStayUs(stays, outstanding);
		assert.ok(Math.abs(expected - expectedUs) < 0.15 * expectedUs + 0.3e6, `${expected}`);
	}
});

test('of a replica with room for all, M/M/infinity, a queue is not known', () => {
	const prng = namedPrng('room');
	const draw = (meanUs: number) => -meanUs * Math.log(1 - prng.uniform());
	const stays = learned(
		20_000,
		() => draw(0.5e6),
		(fromUs) => fromUs + draw(2e6),
	);
	assert.ok(Math.abs(stays.meanUs - 2e6) < 0.2e6);
	assert.ok(queueUs(stays, 8) - queueUs(stays, 0) < 0.15e6, `${queueUs(stays, 8)}`);
});

test.run();
