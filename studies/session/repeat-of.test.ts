import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ScenarioSource, scenarioFrom } from '../../run/resolve/scenario-source.ts';
import { refuseFeeds } from './repeat-of.ts';

const test = suite('what is repeated');

const FEED = { type: 'open-meteo' } as const;
const FOLLOWING: readonly ScenarioSource[] = [
	{ carbon: { source: 'feed', feed: FEED } },
	{ price: { source: 'feed', feed: FEED } },
	{ loads: [{ type: 'feed', name: 'hall', feed: FEED }] },
	{ solar: [{ sky: { type: 'feed', feed: FEED } }] },
	{ wind: [{ speed: { type: 'feed', feed: FEED } }] },
	{ serving: { pue: { byOutdoorC: [[0, 1]], feed: FEED } } },
	{ sites: [{ name: 'a', loads: [{ type: 'feed', name: 'hall', feed: FEED }] }] },
];

test('a scenario in which anything follows a feed is not repeated', () => {
	for (const text of FOLLOWING)
		assert.throws(
			() => refuseFeeds(scenarioFrom(text), 'sweep'),
			/^Cannot sweep with the live feed "open-meteo": each run would get another answer; use a file/,
			JSON.stringify(text),
		);
	for (const carbon of [{ source: 'uk' }, { source: 'electricitymaps', zone: 'DE' }] as const) {
		const sites = [{ name: 'a', carbon }];
		for (const scenario of [scenarioFrom({ carbon }), scenarioFrom({ sites })])
			assert.throws(() => refuseFeeds(scenario, 'repeat'), /^Cannot repeat with live carbon from /);
	}
	refuseFeeds(scenarioFrom({ solar: [{ sky: { type: 'clear' } }] }), 'sweep');
});

test.run();
