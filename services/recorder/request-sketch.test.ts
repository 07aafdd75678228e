import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { REQUEST_METRICS } from '../../protocol/run-folder/requests.ts';
import { RequestSketches, type SavedSketch, sketchedColumns } from './request-sketch.ts';
import { TapeWire } from './testdata/recording.ts';

const FIELDS = ['request_id', ...REQUEST_METRICS, 'arrived_at'];
const COUNT = 20_000;

/** Values of all kinds: long tails, whole numbers, zeros and the one that is missing. */
function rows(): number[][] {
	let seed = 7;
	const next = () => {
		seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
		return (seed + 0.5) / 2 ** 32;
	};
	return Array.from({ length: COUNT }, (_, row) =>
		FIELDS.map((name, i) => {
			if (name === 'request_inter_arrival_delay' && row === 0) return Number.NaN;
			if (name === 'request_preemption_time' && next() < 0.7) return 0;
			if (name.includes('tokens')) return 1 + Math.floor(4000 * next() ** 3);
			return -Math.log(next()) * 10 ** ((i % 9) - 5);
		}),
	);
}

function tableOf(text: string): Map<string, Record<string, number>> {
	const [header = '', ...lines] = text.trimEnd().split('\n');
	const names = header.split(',').slice(1);
	return new Map(
		lines.map((line) => {
			const [metric = '', ...cells] = line.split(',');
			return [metric, Object.fromEntries(names.map((name, i) => [name, Number(cells[i])]))];
		}),
	);
}

test('RequestSketches gives quantiles within 0.1 % of the exact ones, also after going on from its state', () => {
	const values = rows();
	const wire = new TapeWire({
		source: 'replica-1',
		rows: values.map((row, i) => [i, row]),
	});
	const columns = sketchedColumns(FIELDS.map((name) => ({ name, unit: 's' as const })));
	let sketches = new RequestSketches(columns);
	let state: readonly SavedSketch[] = [];
	const sizes: number[] = [];
	sketches.goTo(state);
	for (let i = 0; i < COUNT; i++) {
		wire.take(Number.POSITIVE_INFINITY);
		sketches.add(wire);
		if (i % 5000 !== 4999) continue;
		// A snapshot is plain data; another process goes on with it.
		state = structuredClone(sketches.save());
		sizes.push(JSON.stringify(state).length);
		sketches = new RequestSketches(columns);
		sketches.goTo(state);
	}
	const table = tableOf(sketches.text());
	assert.equal([...table.keys()], [...REQUEST_METRICS]);
	for (const [metric, got] of table) {
		const field = FIELDS.indexOf(metric);
		const exact = Float64Array.from(values, (row) => row[field] as number).filter(
			(value) => !Number.isNaN(value),
		);
		exact.sort();
		const mean = exact.reduce((sum, value) => sum + value, 0) / exact.length;
		assert.is(got['count'], exact.length);
		assert.is(got['min'], exact[0]);
		assert.is(got['max'], exact.at(-1));
		assert.ok(Math.abs((got['mean'] as number) - mean) < 1e-9 * mean);
		for (const percent of [50, 90, 95, 99]) {
			const want = exact[Math.floor((percent / 100) * (exact.length - 1))] as number;
			const value = got[`p${percent}`] as number;
			assert.ok(
				Math.abs(value - want) <= 0.001001 * want,
				`${metric} p${percent}: ${value}, ${want}`,
			);
		}
	}
	// Four times the requests; what grows is only the range of the values.
	assert.ok((sizes[3] as number) < 1.6 * (sizes[0] as number), sizes.join());
});

test.run();
