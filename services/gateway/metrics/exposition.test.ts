import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from '../../../tests/properties.test-support.ts';
import { expositionOf } from './exposition.ts';

test('gauges, counters and histograms are as the text format has them', () => {
	const text = expositionOf([
		{
			...{ name: 'a_watts', type: 'gauge', help: 'With a \\ and a\nline.' },
			samples: [
				{ labels: {}, value: -1.5 },
				{ labels: { site: 'a "b"\\\n' }, value: Number.POSITIVE_INFINITY },
			],
		},
		{
			name: 'b_total',
			type: 'counter',
			help: 'B.',
			samples: [{ labels: { x: 'y' }, value: 1e21 }],
		},
		{
			...{ name: 'c_seconds', type: 'histogram', help: 'C.' },
			samples: [
				{
					labels: { x: 'y' },
					bounds: [0.5, 1],
					histogram: { counts: Float64Array.of(2, 0, 3), sum: 7.25 },
				},
			],
		},
	]);
	assert.is(
		text,
		`# HELP a_watts With a \\\\ and a\\nline.
# TYPE a_watts gauge
a_watts -1.5
a_watts{site="a \\"b\\"\\\\\\n"} +Inf
# HELP b_total B.
# TYPE b_total counter
b_total{x="y"} 1e+21
# HELP c_seconds C.
# TYPE c_seconds histogram
c_seconds_bucket{x="y",le="0.5"} 2
c_seconds_bucket{x="y",le="1"} 2
c_seconds_bucket{x="y",le="+Inf"} 5
c_seconds_sum{x="y"} 7.25
c_seconds_count{x="y"} 5
`,
	);
});

test('whatever a label holds, a sample is one line and reads back', () => {
	const sample = fc.record({
		value: fc.double({ noNaN: true }),
		label: fc.string({ unit: 'binary' }),
	});
	fc.assert(
		fc.property(sample, ({ value, label }) => {
			const text = expositionOf([
				{ name: 'm', type: 'gauge', help: '', samples: [{ labels: { l: label }, value }] },
			]);
			const lines = text.split('\n');
			assert.is(lines.length, 4);
			const [, quoted = '', number = ''] = /^m\{l="(.*)"\} (\S+)$/s.exec(lines[2] ?? '') ?? [];
			assert.is(
				quoted.replace(/\\(.)/gs, (_, c) => (c === 'n' ? '\n' : c)),
				label,
			);
			assert.is(Number(number.replace('Inf', 'Infinity')), value + 0 === 0 ? 0 : value);
		}),
	);
});

test.run();
