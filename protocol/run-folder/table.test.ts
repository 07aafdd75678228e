import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../errors.ts';
import { RUN_FILES } from './files.ts';
import { fieldsOf, portOf, stepTable } from './step-tables.ts';
import { each, mean, table, text } from './table.ts';
import { TIMESERIES } from './timeseries.ts';

const FLOWS = table({
	file: 'flows.csv',
	columns: [
		text('who', 'name'),
		mean('from.<name>.power', 'W', 'of one', { readAs: ['old.<name>'] }),
		each('c*d', '1', 'odd'),
	],
});

test('a table knows its columns by name, by pattern and by older names, and no other', () => {
	assert.is(FLOWS.describe('from.solar.power')?.text, 'of one');
	assert.is(FLOWS.describe('old.solar')?.text, 'of one');
	assert.is(FLOWS.describe('c*d')?.text, 'odd');
	for (const other of ['from..power', 'from.solar.powers', 'xfrom.solar.power', 'ccd', ''])
		assert.is(FLOWS.describe(other), null, other);
	assert.is(FLOWS.partOf('from.<name>.power', 'from.a.b.power'), 'a.b');
	assert.is(FLOWS.partOf('who', 'who'), '');
	assert.is(FLOWS.placeIn(['who', 'old.solar'], 'from.<name>.power'), 1);
	assert.is(FLOWS.placeIn(['c*d'], 'who'), -1);
	assert.is(FLOWS.partOf('who', 'from.a.power'), null);
});

test('a table gives fields with the unit that is described, and refuses names by its file', () => {
	assert.equal(FLOWS.field('from.<name>.power', '$&'), { name: 'from.$&.power', unit: 'W' });
	assert.throws(
		() => FLOWS.checked('nobody'),
		(error: Error) =>
			error instanceof ConfigError &&
			error.message === 'Cannot record "nobody": flows.csv has no such column',
	);
	assert.is(FLOWS.header('who', 'from.a,b.power'), 'who,"from.a,b.power"');
});

test('a name that is not described does not compile', () => {
	// @ts-expect-error no such column
	assert.is(TIMESERIES.header('p_gird'), 'p_gird');
	// @ts-expect-error no such column
	assert.is(TIMESERIES.placeIn(['p_grid'], 'p_gird'), -1);
	// @ts-expect-error no such pattern
	assert.throws(() => TIMESERIES.field('actor_states.<name>.energy'));
});

test('stepTable() describes the table of an output of any kind of actor', () => {
	const flywheel = stepTable('flywheel', [mean('speed', '1', 'over the highest')]);
	assert.is(flywheel.file, 'flywheel.csv');
	assert.is(portOf(flywheel), 'flywheel');
	assert.equal(fieldsOf(flywheel), [{ name: 'speed', unit: '1' }]);
	assert.is(flywheel.header('time_s', 'speed'), 'time_s,speed');
});

test('no name of a run folder is described twice, and each column says what it is', () => {
	const names = RUN_FILES.map(({ name }) => name);
	assert.is(new Set(names).size, names.length);
	for (const { table: one } of RUN_FILES) {
		const columns = one?.columns ?? [];
		assert.is(new Set(columns.map(({ name }) => name)).size, columns.length, one?.file);
		for (const { name, text: meaning, unit, kind } of columns) {
			assert.ok(meaning.length > 4 && !meaning.endsWith('.'), `${one?.file}: ${name}`);
			assert.is(unit === null || kind !== 'text', true, `${one?.file}: ${name}`);
		}
	}
});

test.run();
