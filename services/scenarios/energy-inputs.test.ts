import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runInProcess } from '../cosim/run-in-process.ts';
import { readScenario } from '../cosim/scenario-file.ts';
import { numberIn, type Row, readRows, tempFolder } from './cli.ts';

/** What runs make of files as people have them: right values, or one line that says what would do. */
const folder = tempFolder();

const BASE = {
	...{ until: '3h', step: '1h', start: '2023-06-08T00:00', serving: null },
	...{ solar: [], batteries: [], carbon: null },
	loads: [{ type: 'constant', name: 'load', powerW: 1000 }],
};

function file(name: string, text: string): string {
	const path = join(folder, name);
	writeFileSync(path, text);
	return path;
}

/** The steps of a run in this process. Keys that are not given are those of BASE. */
async function ran(name: string, keys: Readonly<Record<string, unknown>>): Promise<readonly Row[]> {
	const overrides = new Map<string, unknown>(Object.entries({ ...BASE, ...keys }));
	const out = join(folder, name);
	await runInProcess(readScenario(null, overrides), { folder: out, command: '' });
	return readRows(out, 'timeseries.csv');
}

test('emissions and cost are those of the signal, however long the steps', async () => {
	// 1000 lb/MWh and 1 USD/kWh in the first five minutes of each hour, else nothing.
	const instants = Array.from({ length: 26 * 12 }, (_, i) => ({
		at: new Date(Date.UTC(2023, 5, 8, 7, 5 * i)).toISOString(),
		isHigh: i % 12 === 0,
	}));
	const rowsOf = (high: number) => instants.map(({ at, isHigh }) => `${at},${isHigh ? high : 0}`);
	const moer = file('moer.csv', `timestamp,MOER\n${rowsOf(1000).join('\n')}\n`);
	const prices = file('spikes.csv', `time,USD/kWh\n${rowsOf(1).join('\n')}\n`);
	for (const [step, sampling, factor] of [
		['5m', 'mean', 1],
		['15m', 'mean', 1],
		['1h', 'mean', 1],
		['2h', 'mean', 1],
		['15m', 'start', 3],
		['1h', 'start', 12],
	] as const) {
		const rows = await ran(`steps-${step}-${sampling}`, {
			...{ step, until: '24h' },
			carbon: { source: 'constant', valueGPerKwh: 0 },
			marginalCarbon: { source: 'file', path: moer, sampling },
			price: { source: 'trace', path: prices, sampling },
		});
		// 24 hours of 1 kW at a twelfth of 453.59237 g/kWh, and of 1 USD/kWh.
		const within = (column: string, right: number) => {
			// 1 kW: kWh are hours.
			const hours = 24 / rows.length;
			const sum = rows.reduce((total, row) => total + numberIn(row, column) * hours, 0);
			assert.ok(Math.abs(sum / right - 1) < 1e-9, `${step} ${sampling}: ${sum}, not ${right}`);
		};
		within('grid_signals.marginal', factor * 907.18474);
		within('grid_signals.price', factor * 2);
	}
});

test.run();
