import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { stringify } from 'yaml';
import { ConfigError } from '../../protocol/errors.ts';
import { FOLDER_FORMAT, RunMetadata } from '../../protocol/run-folder/metadata.ts';
import * as fc from '../../tests/properties.test-support.ts';
import { readMetadata, readMetadataWhole, statusOf } from './metadata.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-metadata-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

function written(metadata: unknown): string {
	writeFileSync(join(folder, 'metadata.yaml'), stringify(metadata));
	return folder;
}

const reasonOf = (metadata: unknown): string => {
	try {
		readMetadata(written(metadata));
	} catch (error) {
		assert.instance(error, ConfigError);
		const { message } = error as Error;
		assert.is(message.split('\n').length, 1);
		const [, reason = ''] = /^Cannot read the run ".*": metadata\.yaml: (.*)$/.exec(message) ?? [];
		return reason;
	}
	return '';
};

test('a run folder of a newer format is refused by name, in one line', () => {
	for (const format of [FOLDER_FORMAT + 1, 99, 0, -1, 1.5, 'one', [1], true])
		assert.match(
			reasonOf({ gridbeat: { format, seed: 1 } }),
			/^its format is .*, and this program reads those from 1 to 1; use a newer one; give a folder/,
			JSON.stringify(format),
		);
	assert.is(reasonOf({ gridbeat: { format: FOLDER_FORMAT, seed: 1 } }), '');
});

test('what is wrong in a run that says its format is named', () => {
	const gridbeat = { format: FOLDER_FORMAT, seed: '1' };
	assert.match(
		reasonOf({ gridbeat: { ...gridbeat, sites: [1] } }),
		/^"gridbeat\.sites\.0": must be text, not /,
	);
	assert.match(reasonOf({ environment: { step_size: -1 }, gridbeat }), /^"environment\.step_size"/);
	// A newer program of the same format may know more.
	assert.is(reasonOf({ gridbeat: { ...gridbeat, weather: 'fine' }, more: 1 }), '');
});

test('a run from before there was a format is read as far as it can be, and the rest named', () => {
	const rule = { signal: 'carbon', above: 300, capWPerGpu: 250, hysteresis: 0 };
	const { metadata, leftOut } = readMetadataWhole(
		written({
			environment: { name: 'x', step_size: 'long' },
			gridbeat: {
				...{ seed: 7, location: 3, cap_rules: [{ signal: 'moon' }, rule] },
				dispatch: { batteries: [{ name: 'b' }], generators: [], importLimitW: null },
			},
		}),
	);
	assert.is(metadata.environment.name, 'x');
	assert.is(metadata.gridbeat.seed, 7);
	assert.equal(
		metadata.gridbeat.cap_rules?.map(({ signal }) => signal),
		['carbon'],
	);
	assert.ok(leftOut.includes('environment.step_size') && leftOut.includes('gridbeat.location'));
	assert.equal(metadata.gridbeat.dispatch?.batteries, []);
	assert.is(statusOf(metadata), 'running');
	assert.equal(readMetadataWhole(written('nothing')).leftOut, ['']);
});

test('whatever an older folder holds, it is read without an error', () => {
	fc.assert(
		fc.property(fc.object({ key: fc.constantFrom(...KEYS, 'other'), maxDepth: 4 }), (value) => {
			const { metadata } = readMetadataWhole(written(value));
			assert.ok(RunMetadata.safeParse(metadata).success);
		}),
	);
});

const KEYS = ['environment', 'microgrids', 'execution', 'gridbeat', 'name', 'sources', 'dispatch'];

test.run();
