import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import type { FeedQuantity } from '../../protocol/signals.ts';
import { NOTHING_CHOSEN } from '../grid/files/grid-file.ts';
import { parseGridFile } from '../grid/files/parse-grid-file.ts';
import { loadTrace } from '../signal/load.ts';
import { LOAD, traceUnit } from '../signal/trace-unit.ts';
import type { FeedAnswer } from './feed.ts';
import { Recording } from './recording.ts';

const START_MS = Date.parse('2026-10-25T00:00:00Z');
const PROVENANCE = { feed: { type: 'electricitymaps', zone: 'DE' }, by: 'gridbeat 0' };

/** Values by the minute; those after 100 are foretold. */
function answer(
	values: readonly (readonly [minute: number, value: number])[],
	[quantity, unit]: readonly [FeedQuantity, string] = ['marginal-carbon', 'g/kWh'],
): FeedAnswer {
	return {
		...{ quantity, unit, given: null, outOfBounds: 1, serverDateMs: null, notes: ['estimated'] },
		...{ from: 'http://x', attribution: 'x.org, CC BY 4.0', receivedAtMs: START_MS },
		points: values.map(([minute, value]) => ({
			...{ fromMs: START_MS + minute * 60_000, value, isForecast: minute > 100 },
		})),
	};
}

function inFolder(use: (path: string) => void): void {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-recording-'));
	try {
		use(join(folder, 'a.csv'));
	} finally {
		rmSync(folder, { recursive: true });
	}
}

const open = (path: string) => new Recording(path, PROVENANCE, '2026-10-25T00:00:00.000Z');
const CHOICES = { ...NOTHING_CHOSEN, timezone: 'UTC' } as const;

test('what comes to be is appended once, in its unit and with its kind, and is read as a file of a signal', () =>
	inFolder((path) => {
		const recording = open(path);
		const first = answer([
			[0, 400.5],
			[60, 410],
			[120, 420],
		]);
		assert.equal(recording.add(first), { rows: 2, revised: 0, foretold: 1 });
		const second = answer([
			[60, 411],
			[30, 405],
		]);
		assert.equal(recording.add(second), { rows: 1, revised: 1, foretold: 0 });
		assert.is(
			readFileSync(path, 'utf8'),
			'time,marginal carbon intensity (g/kWh)\n' +
				'2026-10-25T00:00:00.000Z,400.5\n2026-10-25T01:00:00.000Z,410\n2026-10-25T00:30:00.000Z,405\n',
		);
		const file = parseGridFile(readFileSync(path, 'utf8'), path, CHOICES);
		assert.equal(
			[file.format, file.signal, file.kind],
			['Gridbeat recording', 'carbon', 'marginal'],
		);
		assert.equal(
			file.points.map(({ value }) => value),
			[400.5, 405, 410],
		);
		const said = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as Record<string, unknown>;
		assert.equal(
			[said['by'], said['rows'], said['revised'], said['outOfBounds']],
			['gridbeat 0', 3, 1, 2],
		);
		assert.equal([said['attribution'], said['feed']], ['x.org, CC BY 4.0', PROVENANCE.feed]);
	}));

test('a recording is gone on with, also after a line that was not finished', () =>
	inFolder((path) => {
		open(path).add(answer([[0, 1]]));
		appendFileSync(path, '2026-10-25T00:30:00.000Z,4');
		const again = open(path);
		assert.equal([...again.times], [START_MS]);
		assert.equal(
			again.add(
				answer([
					[0, 1],
					[30, 44],
				]),
			).rows,
			1,
		);
		assert.match(readFileSync(path, 'utf8'), /Z,1\n2026-10-25T00:30:00\.000Z,44\n$/);
		writeFileSync(path, '');
		assert.is(open(path).add(answer([[0, 1]])).rows, 1);
	}));

test('other values, and a file that is no recording, are refused and left as they are', () =>
	inFolder((path) => {
		open(path).add(answer([[0, 1]]));
		const before = readFileSync(path, 'utf8');
		assert.throws(
			() => open(path).add(answer([[1, 2]], ['price', 'EUR/kWh'])),
			(error: unknown) =>
				error instanceof ConfigError &&
				/^Cannot record "price \(EUR\/kWh\)" in ".*": it has "marginal carbon intensity \(g\/kWh\)"/.test(
					error.message,
				),
		);
		assert.is(readFileSync(path, 'utf8'), before);
		for (const text of ['a,b,c\n1,2,3\n', 'notes', 'time,a,b\n']) {
			writeFileSync(path, text);
			assert.throws(() => open(path), /it is no recording but begins with/, text);
			assert.is(readFileSync(path, 'utf8'), text);
		}
	}));

test('prices keep their currency, and anything else is a trace with its unit', () =>
	inFolder((path) => {
		open(path).add(
			answer(
				[
					[0, 0.1],
					[60, -0.02],
				],
				['price', 'EUR/kWh'],
			),
		);
		const { signal, currency, points } = parseGridFile(readFileSync(path, 'utf8'), path, CHOICES);
		assert.equal(
			[signal, currency, points.map(({ value }) => value)],
			['price', 'EUR', [0.1, -0.02]],
		);
		rmSync(path);
		open(path).add(
			answer(
				[
					[0, 1500],
					[60, 1600],
				],
				['power', 'W'],
			),
		);
		const keys = { path, column: null, scale: 1, unit: null };
		assert.is(traceUnit(keys, LOAD).unit.text, 'W');
		const trace = loadTrace({
			...{ path, column: null, scale: 1, fill: 'ffill', anchor: '2026-10-25T00:00:00Z' },
		});
		assert.equal([...trace.values], [1500, 1600]);
		rmSync(path);
		open(path).add(answer([[0, 40]], ['carbon-index', 'percentile']));
		assert.throws(
			() => parseGridFile(readFileSync(path, 'utf8'), path, CHOICES),
			/format is not known/,
		);
	}));

test.run();
