import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { bookColumns, csvNumber, requestColumns } from './columns.ts';

const fields = (names: readonly string[]) => names.map((name) => ({ name, unit: 'W' as const }));

test('bookColumns() gives the very columns of Vessim, with and without grid signals', () => {
	for (const run of ['basic', 'synthetic_charge_power', 'synthetic_two_batteries']) {
		const path = `../shared/reference/vessim/${run}/timeseries.csv`;
		if (!existsSync(path)) {
			console.log(`skipped: ${path} is absent`);
			return;
		}
		const header = readFileSync(path, 'utf8').split('\n')[0]?.trim().split(',') ?? [];
		const numeric = header
			.slice(2)
			.filter((name) => name !== 'policy_state.mode' && name !== 'grid_signals');
		const columns = bookColumns(fields(numeric), 'grid-connected');
		assert.equal(['microgrid', 'time', ...columns.map(({ name }) => name)], header);
	}
});

test('bookColumns() puts the empty grid_signals before columns that Vessim does not have', () => {
	const books = [
		'p_delta',
		'policy_state.charge_power',
		'dispatch_states.b.soc',
		'dispatch_states.b.charge_level',
		'policy_state.cap_per_gpu',
		'dispatch_states.b.current_power',
	];
	assert.equal(
		bookColumns(fields(books), 'islanded').map(({ name }) => name),
		[
			'p_delta',
			'policy_state.mode',
			'policy_state.charge_power',
			'dispatch_states.b.soc',
			'dispatch_states.b.charge_level',
			'grid_signals',
			'policy_state.cap_per_gpu',
			'dispatch_states.b.current_power',
		],
	);
});

test('bookColumns() and requestColumns() name the field they miss', () => {
	assert.throws(
		() => bookColumns(fields(['p_delta']), 'x'),
		(error: Error) =>
			error instanceof ConfigError && /"policy_state.charge_power"$/.test(error.message),
	);
	assert.throws(
		() => requestColumns(fields(['request_id'])),
		(error: Error) => error instanceof ConfigError && /"request_e2e_time"$/.test(error.message),
	);
});

test('csvNumber() writes the shortest text that reads back, nothing for what is no number', () => {
	const values = [0.1 + 0.2, -0, 1e21, 5e-324, Number.NaN, Number.POSITIVE_INFINITY];
	assert.equal(values.map(csvNumber), ['0.30000000000000004', '0', '1e+21', '5e-324', '', '']);
});

test.run();
