import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../tests/properties.test-support.ts';
import type * as Read from './client/api-types.ts';
import { EventStreamReader } from './client/event-stream.ts';
import { directionOf, flowOf, flowText } from './client/flow.ts';
import { overlaid } from './client/overlay.ts';
import { hashOf, routeOf } from './client/routes.ts';
import { columnsOf, requestColumns, rowOf, siteOfRow } from './client/rows.ts';
import { leafOf, leavesOf, withLeaf } from './client/scenario-keys.ts';
import { SeriesStore } from './client/series-store.ts';
import { Calendar, figure, power, span, tickOf } from './client/words.ts';
import type { MonitorSnapshot, ReplicaSnapshot, SiteSnapshot } from './monitor/snapshot.ts';
import type { History, LatencyHistory, RunListing, SiteAbout } from './runs-host.ts';

/** What the dashboard reads of an answer, and what the gateway answers. */
interface Answered<Read, _Said extends Read> {
	readonly read: Read;
}
type Held =
	| Answered<Read.RunListing, RunListing>
	| Answered<Read.SiteAbout, SiteAbout>
	| Answered<Read.History, History>
	| Answered<Read.LatencyHistory, LatencyHistory>
	| Answered<Read.SiteNow, SiteSnapshot>
	| Answered<Read.ReplicaNow, ReplicaSnapshot>
	| Answered<Read.Snapshot, MonitorSnapshot>;

test('what the dashboard reads of an answer is what the gateway answers: this compiles', () => {
	const held: readonly Held[] = [];
	assert.is(held.length, 0);
});

/** The parts of the dashboard that need no browser. */
const values = fc.array(fc.option(fc.integer({ min: -1000, max: 1000 }), { nil: null }), {
	minLength: 1,
	maxLength: 400,
});

test('SeriesStore keeps no more rows than it may, and each series its lowest and highest', () => {
	fc.assert(
		fc.property(values, (all) => {
			const store = new SeriesStore(40, null);
			all.forEach((value, i) => {
				store.push(i, { a: value, b: value === null ? null : -value });
			});
			const { times, columns } = store.series;
			assert.ok(times.length <= 40);
			assert.is(times.at(-1), all.length - 1);
			for (let i = 1; i < times.length; i++) assert.ok(Number(times[i - 1]) < Number(times[i]));
			const known = (some: readonly (number | null)[]) =>
				some.flatMap((value) => (value === null ? [] : [value]));
			const kept = known(columns.get('a') ?? []);
			const given = known(all);
			assert.is(columns.get('b')?.length, times.length);
			assert.is(Math.max(...kept), Math.max(...given));
			assert.is(Math.min(...kept), Math.min(...given));
		}),
	);
});

test('SeriesStore of the last seconds gives older rows up, but for the one before', () => {
	const store = new SeriesStore(40, 10);
	for (let time = 0; time < 100; time += 4) store.push(time, { a: time });
	assert.equal(store.series.times, [84, 88, 92, 96]);
	assert.equal(store.series.columns.get('a'), [84, 88, 92, 96]);
});

test('SeriesStore takes rows back when the run goes back, and puts a history before what came meanwhile', () => {
	const store = new SeriesStore(40, null);
	for (const time of [1, 2, 3]) store.push(time, { a: time });
	store.push(2, { a: 20, b: 7 });
	assert.equal(store.series.times, [1, 2]);
	assert.equal(store.series.columns.get('a'), [1, 20]);
	assert.equal(store.series.columns.get('b'), [null, 7]);
	store.fill({ times: [0, 1], columns: new Map([['a', [5, 6]]]) });
	assert.equal(store.series.times, [0, 1, 2]);
	assert.equal(store.series.columns.get('a'), [5, 6, 20]);
	assert.equal(store.series.columns.get('b'), [null, null, 7]);
});

test('EventStreamReader gives the same events wherever the pieces end', () => {
	const text =
		': hello\r\nretry: 2000\n\nevent: state\ndata: {"a":1}\r\n\r\ndata: x\ndata: y\nid: 7\n\nevent: empty\n\ndata:z\r\r';
	const whole = [
		{ event: 'state', data: '{"a":1}', id: '' },
		{ event: 'message', data: 'x\ny', id: '7' },
		{ event: 'message', data: 'z', id: '7' },
	];
	fc.assert(
		fc.property(fc.array(fc.nat(text.length)), (cuts) => {
			const ends = [...cuts, text.length].sort((a, b) => a - b);
			const reader = new EventStreamReader();
			const events = ends.flatMap((end, i) => reader.take(text.slice(ends[i - 1] ?? 0, end)));
			// The last line may go on as \r\n: it ends with what comes.
			assert.equal([...events, ...reader.take('\n')], whole);
		}),
	);
});

test('routeOf() reads what hashOf() writes, whatever an id is', () => {
	fc.assert(
		fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (a, b) => {
			fc.pre(a !== b);
			for (const route of [
				{ view: 'run', id: a },
				{ view: 'new', from: a },
				{ view: 'compare', ids: [a, b] },
			] as const)
				assert.equal(routeOf(hashOf(route)), route);
		}),
	);
	assert.equal(routeOf('#/new'), { view: 'new', from: null });
	for (const hash of ['', '#', '#/', '#/nowhere/x', '#/run/'])
		assert.is(routeOf(hash).view, 'runs');
	assert.equal(routeOf('#/run/%zz'), { view: 'run', id: '%zz' });
});

const SITE = {
	name: 'home',
	actors: [
		{ name: 'replica-1', kind: 'replica', powerW: -300 },
		{ name: 'replica-2', kind: 'replica', powerW: -500 },
		{ name: 'solar', kind: 'solar', powerW: 1000 },
		{ name: 'base', kind: 'load', powerW: -100 },
	],
	batteries: [{ name: 'battery', soc: 0.5, powerW: 150 }],
	gridW: -50,
	carbonGPerKwh: 200,
	priceUsdPerKwh: null,
	capW: null,
};

test('flowOf() says who gives and who takes, those of one kind together', () => {
	const parts = flowOf(SITE, { percent: (share) => `${100 * (share ?? 0)} %` });
	assert.equal(
		parts.map((part) => [part.label, part.intoW, directionOf(part), part.detail]),
		[
			['solar', 1000, 'in', ''],
			['grid', 50, 'in', ''],
			['battery', -150, 'out', '50 %'],
			['GPU servers', -800, 'out', '2 together'],
			['other load', -100, 'out', 'base'],
		],
	);
	assert.match(
		flowText(parts, power),
		/^Energy flow: solar gives 1 kW, grid gives 50 W, battery takes 150 W/,
	);
});

test('a row of now and a row of the run folder have the same series', () => {
	const row = rowOf({ simUs: 0, sites: [SITE], replicas: [] }, SITE);
	const columns = columnsOf(
		{
			timeUs: [0],
			columns: {
				p_grid: [-50],
				'actor_states.replica-1.power': [-300],
				'actor_states.replica-2.power': [-500],
				'actor_states.solar.power': [1000],
				'actor_states.base.power': [-100],
				'dispatch_states.battery.soc': [0.5],
				'dispatch_states.battery.current_power': [150],
				'grid_signals.home-carbon': [200],
			},
		},
		SITE.actors.map((actor) => ({ ...actor, about: {} })),
	);
	for (const [key, [value]] of columns) assert.is(row[key], value, key);
	assert.equal([...columns.keys()].sort(), [
		'battery',
		'carbon',
		'grid',
		'load',
		'soc:battery',
		'solar',
	]);
	for (const name of requestColumns({ columns: { running: [3], waiting: [0] } }).keys())
		assert.ok(name in row, name);
	const again = siteOfRow('home', row);
	assert.is(again.gridW, -50);
	assert.equal(again.batteries, SITE.batteries);
	assert.equal(
		again.actors.map(({ kind, powerW }) => [kind, powerW]),
		[
			['solar', 1000],
			['load', -900],
		],
	);
});

test('overlaid() puts runs of other steps on the same times, with gaps', () => {
	const one = { times: [0, 60, 120], columns: new Map([['load', [1, 2, 3]]]) };
	const other = { times: [0, 90], columns: new Map([['load', [7, 8]]]) };
	const { times, columns } = overlaid([one, other]);
	assert.equal(times, [0, 60, 90, 120]);
	assert.equal(columns.get('load|0'), [1, 2, null, 3]);
	assert.equal(columns.get('load|1'), [7, null, 8, null]);
});

test('withLeaf() changes one value of a scenario and leaves the others', () => {
	const scenario = { until: '24h', batteries: [{ capacityWh: 3000, minSoc: 0.2 }], carbon: null };
	assert.equal(leavesOf(scenario), [
		['until', '24h'],
		['batteries.0.capacityWh', 3000],
		['batteries.0.minSoc', 0.2],
		['carbon', null],
	]);
	const changed = withLeaf(scenario, ['batteries', '0', 'capacityWh'], 6000);
	assert.equal(changed, { ...scenario, batteries: [{ capacityWh: 6000, minSoc: 0.2 }] });
	assert.is(scenario.batteries[0]?.capacityWh, 3000);
});

test('leafOf() keeps the type of what was there', () => {
	const cases = [
		['24', '24h', '24'],
		['6000', 3000, 6000],
		['false', true, false],
		['', 3000, null],
		['', 'x', ''],
		['location', null, 'location'],
		['7', null, 7],
		['6kWh', 3000, '6kWh'],
	] as const;
	for (const [text, before, after] of cases) assert.is(leafOf(text, before), after, text);
});

test('figures have three digits that count and a unit that fits', () => {
	assert.equal(
		[0, 0.04, 12.34, 999.4, 999.6, -1234, 2_000_000, null].map((watts) => power(watts)),
		['0 W', '0 W', '12.3 W', '999 W', '1.00 kW', '−1.23 kW', '2 MW', '–'],
	);
	assert.equal(
		[5, 0.012345, 123.4].map((value) => figure(value)),
		['5', '0.0123', '123'],
	);
	assert.equal([59e6, 65e6, 7_500e6, 90_000e6].map(span), [
		'59 s',
		'1 min 05 s',
		'2 h 05 min',
		'1 d 01 h',
	]);
});

test('a tick of a time axis says its day at midnight alone', () => {
	const calendar = new Calendar('America/Los_Angeles');
	const midnight = Date.UTC(2024, 5, 20, 7);
	const ticks = [0, 10, 60, 3600, 86_400].map((s) => tickOf(calendar.moment(midnight + 1000 * s)));
	assert.equal(ticks, ['06-20', '00:00:10', '00:01', '01:00', '06-21']);
});

test.run();
