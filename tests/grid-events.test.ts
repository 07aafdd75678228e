import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Command } from '../protocol/commands.ts';
import { MINUTE_US } from '../protocol/time.ts';
import { replayRun, type ScenarioInput } from '../run/gridbeat.ts';
import { numberIn, readRows, tempFolder } from './cli.ts';
import { type Said, sameTables, steered } from './steered-runs.test-support.ts';

/** Who sees events of the grid, and when: a policy of the user's, and the router that chooses among sites. */

const site = (name: string, location: string, valueUsdPerKwh: number) => ({
	...{ name, location, solar: [], batteries: [] },
	price: { source: 'constant', valueUsdPerKwh } as const,
});

/** Energy is cheaper in Stockholm, where all requests go but for those near to San Francisco by an event. */
const SITES: ScenarioInput = {
	until: '20min',
	serving: { replicas: 1 },
	sites: [site('sun', 'San Francisco', 0.3), { ...site('snow', 'Stockholm', 0.1), grid: {} }],
	requests: {
		...{ qps: 1, maxRequests: 1200 },
		origins: [{ name: 'west', location: 'San Francisco', latencyMs: { sun: 2, snow: 80 } }],
		geo: { policy: 'cheapest' },
	},
};

const SCARCE = { id: 'scarce', type: 'price', from: '5min', length: '5min', usdPerKwh: 2 } as const;

function scarce(startMin: number, more: object = {}): Command {
	return {
		...{ type: 'grid-event', id: 'scarce', event: 'price', site: 'snow', usdPerKwh: 2 },
		...{ startUs: startMin * MINUTE_US, durationUs: 5 * MINUTE_US },
		...more,
	} as Command;
}

/** In which minutes the site in San Francisco was sent requests. */
function minutesAtSun(folder: string): number[] {
	const rows = readRows(join(folder, 'sites', 'sun'), 'request_metrics.csv');
	const minutes = rows.map((row) => Math.floor(numberIn(row, 'arrived_at') / 60));
	return [...new Set(minutes)].sort((a, b) => a - b);
}

const priceOf = (folder: string, name: string, minute: number) => {
	const row = readRows(join(folder, 'sites', name), 'timeseries.csv')[minute];
	const column = Object.keys(row ?? {}).find((key) => /^grid_signals\..*price$/.test(key));
	return numberIn(row ?? {}, column ?? '');
};

test('a price that an event sets decides to which site requests go, in its time and not after it', async () => {
	const told = await steered(SITES, [[2, scarce(5)]]);
	assert.equal(minutesAtSun(told), [5, 6, 7, 8, 9]);
	assert.equal(
		[4, 5, 9, 10].map((minute) => priceOf(told, 'snow', minute)),
		[0.1, 2, 2, 0.1],
	);
	// What the scenario announces does the same.
	const [sun, snow] = SITES.sites as { name: string }[];
	const announced = { ...SITES, sites: [sun, { ...snow, grid: { events: [SCARCE] } }] };
	const known = await steered(announced as ScenarioInput, []);
	for (const name of ['sun', 'snow'])
		sameTables(join(told, 'sites', name), join(known, 'sites', name));
	const replayed = await replayRun(told, { report: false });
	assert.equal(replayed.tables.different, []);
});

test('an event that is cancelled, or that nobody responds to, sends no request elsewhere', async () => {
	const about = { type: 'grid-event', id: 'scarce', site: 'snow' } as const;
	const said: Said = [
		[2, scarce(5)],
		[7, { ...about, event: 'cancelled', startUs: 0, durationUs: 1 }],
	];
	assert.equal(minutesAtSun(await steered(SITES, said)), [5, 6]);
	const [sun, snow] = SITES.sites as { name: string }[];
	const deaf = { ...snow, grid: { events: [SCARCE], respondToEvents: false } };
	const folder = await steered({ ...SITES, sites: [sun, deaf] } as ScenarioInput, []);
	assert.equal(minutesAtSun(folder), []);
	assert.is(priceOf(folder, 'snow', 7), 2, 'it is paid all the same');
});

/** Sets the battery to a power for each event that it sees, and to another one while it holds. */
const POLICY = `export function decide({ events = [], timeS, batteries }) {
	const seen = events.map(({ id, event, fromS, untilS, limitW, usdPerKwh }) => {
		if (id !== 'evening' && id !== 'scarce') throw new Error(id);
		if (event === 'demand-response' ? limitW !== 150 : usdPerKwh !== 2) throw new Error(event);
		return fromS <= timeS && timeS < untilS ? 100 : 1;
	});
	return { setpointsW: batteries.map(() => -seen.reduce((sum, one) => sum + one, 0)) };
}
`;

test('a policy of the user sees events from when they are announced until they are over, and never before', async () => {
	const path = join(tempFolder(), 'policy.js');
	writeFileSync(path, POLICY);
	const battery = { name: 'b', type: 'simple', capacityWh: 5000, initialSoc: 0.9 } as const;
	const scenario: ScenarioInput = {
		...{ until: '30min', serving: null, loads: [{ name: 'lamp', type: 'constant', powerW: 500 }] },
		...{ solar: [], batteries: [battery], price: { source: 'constant', valueUsdPerKwh: 0.1 } },
		policy: { type: 'plugin', path },
		grid: {
			events: [
				{
					...{ id: 'evening', type: 'demand-response', from: '10min', length: '5min' },
					...{ announced: '4min', targetW: 150 },
				},
			],
		},
	};
	const folder = await steered(scenario, [
		[6, scarce(12, { site: null, announcedUs: 8 * MINUTE_US })],
	]);
	const powers = readRows(folder, 'timeseries.csv').map((row) =>
		numberIn(row, 'dispatch_states.b.current_power'),
	);
	const expected = powers.map((_, minute) => {
		const evening = minute < 4 || minute >= 15 ? 0 : minute < 10 ? 1 : 100;
		const price = minute < 8 || minute >= 17 ? 0 : minute < 12 ? 1 : 100;
		return 0 - evening - price;
	});
	assert.equal(powers, expected);
	const replayed = await replayRun(folder, { report: false });
	assert.equal(replayed.tables.different, []);
});

test.run();
