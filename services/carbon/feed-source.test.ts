import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CarbonConfig } from './config.ts';
import { feedSource } from './feed-source.ts';

const startEpochMs = Date.UTC(2024, 5, 20);

test('feedSource() gives what a carbon actor takes', () => {
	const points = [
		{ epochMs: startEpochMs, value: 210 },
		{ epochMs: startEpochMs + 3_600_000, value: 180.5 },
	];
	const source = feedSource({ kind: 'average', points }, 'mean');
	const config = { stepUs: 1, startEpochMs, timezone: 'UTC', forecast: null, source };
	assert.equal(CarbonConfig.parse(config), config);
	assert.equal(source, { type: 'series', kind: 'average', sampling: 'mean', points });
});

test.run();
