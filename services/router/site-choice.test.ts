import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { WireInput } from '../../kernel/actor/contract.ts';
import * as fc from '../../tests/properties.test-support.ts';
import type { GeoConfig, SiteChoice } from './geo-config.ts';
import { SiteChooser } from './site-choice.ts';

const CHOICE: SiteChoice = {
	policy: 'greenest',
	latencyBudgetUs: null,
	maxOutstandingPerReplica: null,
	hysteresis: 0,
	weights: { carbon: 1, price: 0, latency: 1 },
};

/** Sites a, b, c with one replica each and these one-way latencies from the only origin. */
function geoOf(latencyUs: readonly number[], choice: Partial<SiteChoice>): GeoConfig {
	const sites = ['a', 'b', 'c'].slice(0, latencyUs.length).map((name) => ({
		name,
		replicas: [`${name}-replica-1`],
		carbon: `${name}-carbon`,
		price: `${name}-price`,
		controller: `${name}-controller`,
	}));
	return {
		...{ sites, origins: [{ name: 'users', share: 1 }], latencyUs: [[...latencyUs]] },
		choice: { ...CHOICE, ...choice },
	};
}

function wireFrom(source: string, value: number): WireInput {
	return {
		...{ source, knownUntilUs: 1, timeUs: 0 },
		seek: () => true,
		value: () => value,
		nextUs: () => 1,
		take: () => false,
	};
}

interface Case {
	readonly carbon: readonly number[];
	readonly gridW: readonly number[];
	readonly sent?: readonly number[];
	readonly completed?: readonly number[];
}

/** Chooses once; wires come in another order than sites. */
function chosen(geo: GeoConfig, { carbon, gridW, sent, completed }: Case): number {
	const chooser = new SiteChooser(geo, geo.choice as SiteChoice);
	const wires = (kind: string, values: readonly number[]) =>
		values.map((value, i) => wireFrom(`${geo.sites[i]?.name}-${kind}`, value)).reverse();
	return chooser.choose(chooser.init(), {
		...{ timeUs: 0, origin: 0, prices: wires('price', carbon) },
		sent: sent ?? carbon.map(() => 0),
		completed: completed ?? carbon.map(() => 0),
		signals: wires('carbon', carbon),
		supplies: wires('controller', gridW),
	});
}

const three = (arbitrary: fc.Arbitrary<number>) =>
	fc.array(arbitrary, { minLength: 3, maxLength: 3 });

test('greenest goes to no site with a dirtier next watt than another within the budget has', () => {
	const intensity = fc.integer({ min: 0, max: 900 });
	const powerW = fc.integer({ min: -500, max: 500 });
	const latency = fc.integer({ min: 0, max: 100_000 });
	void fc.assert(
		fc.property(three(intensity), three(powerW), three(latency), (carbon, gridW, latencyUs) => {
			const geo = geoOf(latencyUs, { latencyBudgetUs: 120_000 });
			const site = chosen(geo, { carbon, gridW });
			const nextWatt = carbon.map((g, i) => ((gridW[i] as number) >= 0 ? 0 : g));
			const within = [0, 1, 2].filter((i) => 2 * (latencyUs[i] as number) <= 120_000);
			if (within.length === 0) {
				assert.is(latencyUs[site], Math.min(...latencyUs));
				return;
			}
			const least = Math.min(...within.map((i) => nextWatt[i] as number));
			assert.ok(within.includes(site));
			assert.is(nextWatt[site], least);
		}),
	);
});

test('nearest takes the lowest latency, of equals the first', () => {
	const rest = { carbon: [1, 2, 3], gridW: [0, 0, 0] };
	assert.is(chosen(geoOf([500, 300, 300], { policy: 'nearest' }), rest), 1);
});

test('a full site is passed over for the next best, and the emptiest serves where all are full', () => {
	const geo = geoOf([0, 0, 0], { maxOutstandingPerReplica: 4 });
	const world = { carbon: [10, 20, 30], gridW: [-1, -1, -1], completed: [0, 0, 0] };
	assert.is(chosen(geo, { ...world, sent: [3, 0, 0] }), 0);
	assert.is(chosen(geo, { ...world, sent: [4, 0, 0] }), 1);
	assert.is(chosen(geo, { ...world, sent: [9, 8, 5] }), 2);
});

test('fastest goes where nobody has been only if it is no farther, and then by what it hears', () => {
	const geo = geoOf([1000, 150_000], { policy: 'fastest' });
	const chooser = new SiteChooser(geo, geo.choice as SiteChoice);
	const state = chooser.init();
	const look = (timeUs: number, outstanding: readonly number[]) => ({
		...{ timeUs, origin: 0, sent: outstanding, completed: [0, 0] },
		...{ signals: [], prices: [], supplies: [] },
	});
	const hear = (done: number, stayS: number, asked: ReturnType<typeof look>) => {
		const wire = { ...wireFrom('replica', done), value: (i: number) => (i === 0 ? done : stayS) };
		chooser.hear(state, { site: 0, replica: 0 }, { ...asked, wire });
	};
	let stayedS = 0;
	// Stays of 0.1 s with nobody there and 0.5 s with four others, eight of each.
	for (let i = 0; i < 16; i++) {
		const others = 4 * (i % 2);
		const asked = look(i * 1_000_000, [others, 0]);
		assert.is(chooser.choose(state, asked), 0);
		stayedS += 0.1 + 0.1 * others;
		hear(i + 1, stayedS, asked);
	}
	// The other is thought to take 0.3 s, the mean here, and 0.3 s for the way: more than 2 ms + 0.5 s, less than 2 ms + 0.7 s.
	assert.is(chooser.choose(state, look(20e6, [1, 0])), 0);
	assert.is(chooser.choose(state, look(20e6, [4, 0])), 0);
	assert.is(chooser.choose(state, look(20e6, [6, 0])), 1);
});

test('another site has to be better by more than the hysteresis', () => {
	const geo = geoOf([0, 0], { hysteresis: 50 });
	const chooser = new SiteChooser(geo, geo.choice as SiteChoice);
	const state = chooser.init();
	// The chooser finds its wires once, so that the same wires have to change.
	const carbon = [200, 300];
	const signals = ['a', 'b'].map((name, i) => ({
		...wireFrom(`${name}-carbon`, 0),
		value: () => carbon[i] as number,
	}));
	const supplies = ['a', 'b'].map((name) => wireFrom(`${name}-controller`, -1));
	const choose = () =>
		chooser.choose(state, {
			...{ timeUs: 0, origin: 0, sent: [0, 0], completed: [0, 0], signals, prices: [], supplies },
		});
	assert.is(choose(), 0);
	carbon[1] = 160;
	assert.is(choose(), 0);
	carbon[1] = 149;
	assert.is(choose(), 1);
});

test.run();
