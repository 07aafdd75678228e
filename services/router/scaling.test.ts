import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { scaleTo, servingAt, startScaling } from './scaling.ts';

/** To which replicas a router may send at which time, as values. */
const test = suite('router scaling');

const scaling = {
	...{ initial: 2, startupUs: 10 },
	schedule: [
		{ fromUs: 100, replicas: 4 },
		{ fromUs: 200, replicas: 1 },
		{ fromUs: 205, replicas: 3 },
	],
};
const placesAt = (...about: Parameters<typeof servingAt>) =>
	Array.from({ length: servingAt(...about) }, (_, place) => place);
const serving = (timesUs: readonly number[], state = startScaling(scaling)) =>
	timesUs.map((timeUs) => placesAt(state, scaling, timeUs));

test('a replica that is added serves when it has started, one that is taken away gets no more at once', () => {
	assert.equal(serving([0, 99, 100, 109, 110, 199, 200]), [
		[0, 1],
		[0, 1],
		[0, 1],
		[0, 1],
		[0, 1, 2, 3],
		[0, 1, 2, 3],
		[0],
	]);
});

test('one that was taken away a moment ago starts like any other', () => {
	assert.equal(serving([204, 205, 214, 215]), [[0], [0], [0], [0, 1, 2]]);
	assert.equal(serving([215]), [[0, 1, 2]], 'whether somebody asked in between does not matter');
});

test('a command is what an entry of the schedule would be', () => {
	const [first, ...rest] = scaling.schedule;
	const commanded = { ...scaling, schedule: rest };
	const state = startScaling(commanded);
	servingAt(state, commanded, 50);
	scaleTo(state, commanded, 100, first?.replicas as number);
	const times = [100, 110, 200, 204, 215];
	assert.equal(
		times.map((timeUs) => placesAt(state, commanded, timeUs)),
		serving(times),
	);
});

test.run();
