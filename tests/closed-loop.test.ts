import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { gridbeat, numberIn, type Row, readRows, tempFolder } from './cli.ts';

/** The loop is closed: what the grid and the battery decide changes latency and emissions. */
const scenario = join(tempFolder(), 'closed-loop.yaml');
const battery = { type: 'simple', capacityWh: 400, initialSoc: 0.6, minSoc: 0.3, cRate: null };
writeFileSync(scenario, stringify({ batteries: [battery], cap: [] }));
const RUN = ['run', scenario, '--in-process', '--until', '40min', '--replicas', '2'];
const LOADED = [...RUN, '--qps', '4'];

interface Outcome {
	readonly books: readonly Row[];
	readonly requests: readonly Row[];
	readonly usage: readonly Row[];
}

async function run(args: readonly string[]): Promise<Outcome> {
	const folder = join(tempFolder(), 'run');
	const { code, stderr } = await gridbeat([...args, '--out', folder]);
	assert.is(stderr, '');
	assert.is(code, 0);
	const read = (name: string) => readRows(folder, name);
	return {
		books: read('timeseries.csv'),
		requests: read('request_metrics.csv'),
		usage: read('usage.csv'),
	};
}

function p99LatencyS({ requests }: Outcome): number {
	const sorted = requests.map((row) => numberIn(row, 'request_e2e_time')).sort((a, b) => a - b);
	return sorted[Math.floor(0.99 * sorted.length)] as number;
}

/** Of imports: power times the carbon intensity of the same minute. */
function emissionsG({ books }: Outcome): number {
	return books.reduce((sum, row) => {
		const importKw = Math.max(0, -numberIn(row, 'p_grid')) / 1000;
		return sum + (importKw / 60) * numberIn(row, 'grid_signals.carbon');
	}, 0);
}

/** Every power in the row is accounted for, to 1e-9 of the largest of them. */
function assertBalanced({ books }: Outcome): void {
	assert.is(books.length, 40);
	for (const row of books) {
		const columns = Object.keys(row);
		const sum = (pattern: RegExp) =>
			columns
				.filter((column) => pattern.test(column))
				.reduce((total, column) => total + numberIn(row, column), 0);
		const deltaW = numberIn(row, 'p_delta');
		const gridW = numberIn(row, 'p_grid');
		const batteryW = sum(/^dispatch_states\..*\.current_power$/);
		const membersW = sum(/^actor_states\..*\.power$/);
		const curtailedW = numberIn(row, 'policy_state.curtailed');
		const scale = Math.max(1, ...[deltaW, gridW, batteryW].map(Math.abs));
		assert.ok(Math.abs(membersW - deltaW) <= 1e-9 * scale, `members at ${row['time']}`);
		const restW = deltaW - gridW - batteryW - curtailedW;
		assert.ok(Math.abs(restW) <= 1e-9 * scale, `${restW} W unaccounted for at ${row['time']}`);
	}
}

/** The batteries hold what was put into them (the simple battery is lossless). */
function assertStored({ books }: Outcome): void {
	for (let i = 1; i < books.length; i++) {
		const before = numberIn(books[i - 1], 'dispatch_states.battery.charge_level');
		const putInWh = numberIn(books[i - 1], 'dispatch_states.battery.current_power') / 60;
		const level = numberIn(books[i], 'dispatch_states.battery.charge_level');
		assert.ok(Math.abs(level - before - putInWh) < 1e-9 * 400, `level at ${books[i]?.['time']}`);
	}
}

/** Requests routed until the end, by id, are completed or still with a replica. */
function assertNoneLost({ requests, usage }: Outcome, all: number): void {
	const ids = new Set(requests.map((row) => row['Request Id']));
	assert.is(ids.size, requests.length, 'no request completes twice');
	const last = new Map(usage.map((row) => [row['replica'], numberIn(row, 'outstanding')]));
	const outstanding = [...last.values()].reduce((sum, count) => sum + count, 0);
	assert.is(requests.length + outstanding, all);
}

const capRows = ({ books }: Outcome, cap: string) =>
	books.filter((row) => row['policy_state.cap_per_gpu'] === cap).length;

/** All of them arrive in about 20 of the 40 minutes. */
const REQUESTS = 4800;
const FEW = [...LOADED, '--max-requests', String(REQUESTS)];
let uncapped: Outcome;
test.before(async () => {
	uncapped = await run(FEW);
});

test('a run without a cap balances its books and loses no request', () => {
	assertBalanced(uncapped);
	assertStored(uncapped);
	assertNoneLost(uncapped, REQUESTS);
	assert.is(capRows(uncapped, ''), 40);
});

for (const [title, rule, someOfTheTime] of [
	['carbon intensity', ['carbon>300:130'], false],
	[
		'marginal carbon intensity',
		['marginal>300:130', '--carbon', 'constant:200', '--marginal-carbon', 'constant:400'],
		false,
	],
	['state of charge', ['soc<0.35:130'], true],
] as const) {
	test(`a cap by ${title} changes p99 latency and emissions`, async () => {
		const capped = await run([...FEW, '--cap', ...rule]);
		const rows = capRows(capped, '130');
		assert.ok(rows > 0, 'the cap is active');
		assert.is(rows < capped.books.length, someOfTheTime);
		assertBalanced(capped);
		assertStored(capped);
		assertNoneLost(capped, REQUESTS);
		assert.ok(p99LatencyS(capped) > 1.05 * p99LatencyS(uncapped), 'latency rises');
		const [withCap, without] = [emissionsG(capped), emissionsG(uncapped)];
		assert.ok(without > 0, 'something is imported');
		assert.ok(Math.abs(withCap / without - 1) > 0.01, `${withCap} g against ${without} g`);
	});
}

test('requests under way at the end are outstanding, not lost', async () => {
	// 3000 requests arrive within 100 s, more than a replica can serve by the end.
	const many = ['--replicas', '1', '--qps', '30', '--max-requests', '3000', '--until', '2min'];
	const overload = await run([...RUN, ...many]);
	assert.ok(overload.requests.length < 3000, 'not all are completed');
	assertNoneLost(overload, 3000);
});

test('the surplus of an islanded microgrid is curtailed and stands in the books', async () => {
	const folder = join(tempFolder(), 'run');
	const { code, stderr } = await gridbeat([
		...['run', scenario, '--in-process', '--until', '40min', '--no-serving', '--mode', 'islanded'],
		...['--load', '50', '--start', '2024-06-20T12:00'],
		...['--out', folder],
	]);
	assert.is(stderr, '');
	assert.is(code, 0);
	const books = readRows(folder, 'timeseries.csv');
	assertBalanced({ books, requests: [], usage: [] });
	assert.ok(books.some((row) => numberIn(row, 'policy_state.curtailed') > 100));
	assert.ok(books.every((row) => numberIn(row, 'p_grid') === 0));
});

test('imports cost what the tariff of their hour says', async () => {
	const tariff = Array.from({ length: 24 }, (_, hour) => (hour < 1 ? 0.1 : 0.3));
	const path = join(tempFolder(), 'priced.yaml');
	const price = { source: 'tariff', weekday: tariff };
	writeFileSync(path, stringify({ batteries: [], solar: [], start: '2024-06-20T00:30', price }));
	const folder = join(tempFolder(), 'run');
	const args = ['run', path, '--in-process', '--until', '1h', '--qps', '0.2', '--json'];
	const { code, stdout } = await gridbeat([...args, '--out', folder]);
	assert.is(code, 0);
	const { summary } = JSON.parse(stdout) as { summary: { bill: { energyUsd: number } } };
	const usd = readRows(folder, 'timeseries.csv').reduce((sum, row, minute) => {
		const importKwh = Math.max(0, -numberIn(row, 'p_grid')) / 60_000;
		return sum + importKwh * (minute < 30 ? 0.1 : 0.3);
	}, 0);
	assert.ok(usd > 0);
	assert.ok(Math.abs(summary.bill.energyUsd / usd - 1) < 1e-9, `${summary.bill.energyUsd} ${usd}`);
});

test.run();
