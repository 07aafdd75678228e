import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { exportParquet } from './parquet.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-parquet-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

function file(name: string): ArrayBuffer {
	const bytes = readFileSync(join(folder, name));
	return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

/** A JSON object of a file's key-value metadata. */
function metadata(name: string, key: string): Record<string, string> {
	const entries = parquetMetadata(file(name)).key_value_metadata ?? [];
	return JSON.parse(entries.find((entry) => entry.key === key)?.value ?? '{}');
}

test('exportParquet() keeps every number, gap and text of the CSV, with units', async () => {
	writeFileSync(join(folder, 'metadata.yaml'), '');
	writeFileSync(
		join(folder, 'timeseries.csv'),
		'microgrid,time,p_delta,policy_state.cap_per_gpu,time_utc\n' +
			'"A, B",2024-06-20 00:00:00,-0.1,,2024-06-20T07:00:00Z\n' +
			'007,2024-06-20 00:00:00.5,1e-300,250,2024-06-20T07:00:00.500Z\n',
	);
	writeFileSync(
		join(folder, 'request_metrics.csv'),
		'Request Id,request_num_tokens,request_e2e_time,replica\n0,5,1.5,replica-1\n1,,2,replica-2\n',
	);
	const written = await exportParquet(folder, '1.2.3');
	assert.equal(
		written.map(({ path, rows }) => [path.slice(folder.length + 1), rows]),
		[
			['request_metrics.parquet', 2],
			['timeseries.parquet', 2],
		],
	);
	assert.equal(await parquetReadObjects({ file: file('timeseries.parquet') }), [
		{
			microgrid: 'A, B',
			time: '2024-06-20 00:00:00',
			p_delta: -0.1,
			'policy_state.cap_per_gpu': null,
			time_utc: new Date('2024-06-20T07:00:00Z'),
		},
		{
			microgrid: '007',
			time: '2024-06-20 00:00:00.5',
			p_delta: 1e-300,
			'policy_state.cap_per_gpu': 250,
			time_utc: new Date('2024-06-20T07:00:00.500Z'),
		},
	]);
	const requests = await parquetReadObjects({ file: file('request_metrics.parquet') });
	assert.equal(requests[1], {
		'Request Id': 1,
		request_num_tokens: null,
		request_e2e_time: 2,
		replica: 'replica-2',
	});
	const types = parquetMetadata(file('request_metrics.parquet')).schema.map(({ type }) => type);
	assert.equal(types.slice(1), ['INT32', 'INT32', 'DOUBLE', 'BYTE_ARRAY']);
	assert.equal(metadata('timeseries.parquet', 'units'), {
		p_delta: 'W',
		'policy_state.cap_per_gpu': 'W',
		time_utc: 'UTC',
	});
	assert.is(metadata('request_metrics.parquet', 'descriptions')['replica'], 'where it ran');
});

test('exportParquet() keeps times as texts where milliseconds do not hold them', async () => {
	writeFileSync(join(folder, 'timeseries.csv'), 'time_utc\n2024-06-20T07:00:00.000001Z\n');
	await exportParquet(folder, '1');
	assert.equal(await parquetReadObjects({ file: file('timeseries.parquet') }), [
		{ time_utc: '2024-06-20T07:00:00.000001Z' },
	]);
});

test('exportParquet() takes the columns of a user’s kind of actor from metadata.yaml', async () => {
	const columns = [{ name: 'speed', unit: 'm/s', kind: 'mean', text: 'of the rim' }];
	const gridbeat = { format: 1, tables: { 'flywheel.csv': columns } };
	writeFileSync(join(folder, 'metadata.yaml'), JSON.stringify({ gridbeat }));
	writeFileSync(join(folder, 'flywheel.csv'), 'time_s,speed\n0,1.5\n');
	await exportParquet(folder, '1');
	assert.equal(metadata('flywheel.parquet', 'units'), { time_s: 's', speed: 'm/s' });
	assert.is(metadata('flywheel.parquet', 'descriptions')['speed'], 'of the rim');
});

test('exportParquet() refuses what is no run folder', async () => {
	try {
		await exportParquet(join(folder, 'none'), '1');
		assert.unreachable();
	} catch (error) {
		assert.instance(error, ConfigError);
		assert.match((error as Error).message, /no metadata.yaml/);
	}
});

test.run();
