import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { memberFeeds, outdoorFeed } from './member-feeds.ts';
import { frameOf } from './plan.ts';
import { type ScenarioSource, scenarioFrom } from './scenario-source.ts';

const test = suite('feeds of members');

const NOW_MS = Date.UTC(2026, 10, 30, 12);

async function resolved(text: ScenarioSource) {
	const scenario = scenarioFrom(text);
	const said: string[] = [];
	const feeds = await memberFeeds(scenario, frameOf(scenario, NOW_MS), (line) => said.push(line));
	return { scenario, feeds, said };
}

const LIVE = { start: 'now', pace: 1 } as const;

test('what each follows is made explicit, with the bounds of a plant’s power', async () => {
	const { feeds, said } = await resolved({
		...LIVE,
		solar: [
			{
				name: 'roof',
				peakPowerW: 1000,
				sky: { type: 'feed', gives: 'power', feed: 'mqtt://broker/roof w' },
			},
			{
				name: 'field',
				sky: { type: 'feed', feed: 'open-meteo', temperature: 'open-meteo', wind: 'open-meteo' },
			},
		],
		wind: [{ speed: { type: 'feed', feed: 'open-meteo' } }],
		serving: { pue: { byOutdoorC: [[0, 1.1]], feed: 'open-meteo' } },
	});
	assert.equal(
		[...feeds.values()].map(({ quantity }) => quantity),
		['power', 'irradiance', 'temperature', 'wind-speed', 'wind-speed', 'temperature'],
	);
	assert.equal([...feeds.values()][0]?.feed.bounds, { least: -50, most: 1500 });
	assert.equal(
		said.map((line) => line.split(' of ')[0]),
		[
			...['roof: power', 'field: irradiance', 'field: temperature', 'field: wind-speed'],
			...['wind: wind-speed', 'air: temperature'],
		],
	);
});

test('the air outside is that of its own feed, else of the first plant with one', async () => {
	const pue = { byOutdoorC: [[0, 1.1]] as [number, number][] };
	const plant = { sky: { type: 'feed', feed: 'open-meteo', temperature: 'open-meteo' } } as const;
	const of = (text: ScenarioSource) => outdoorFeed(scenarioFrom(text))?.type ?? null;
	assert.is(
		of({ ...LIVE, solar: [plant], serving: { pue: { ...pue, feed: 'mqtt://broker/air' } } }),
		'mqtt',
	);
	assert.is(of({ ...LIVE, solar: [{}, { ...plant, name: 'b' }], serving: { pue } }), 'open-meteo');
	assert.is(of({ ...LIVE, serving: { pue } }), null);
});

test('feeds that give something else, or nothing where nothing else is known, are refused in a line', async () => {
	const refusals: readonly (readonly [ScenarioSource, RegExp])[] = [
		[
			{ ...LIVE, solar: [{ sky: { type: 'feed', feed: 'uk' } }] },
			/^Cannot use UK Carbon Intensity as irradiance: it gives carbon$/,
		],
		[
			{ ...LIVE, wind: [{ speed: { type: 'feed', feed: 'eia:CISO' } }] },
			/^Cannot use EIA as wind-speed: it gives carbon or power$/,
		],
		[
			{
				...LIVE,
				solar: [
					{
						// biome-ignore lint/suspicious/noThenProperty: a scenario says it so
						sky: { type: 'feed', feed: { type: 'open-meteo', staleness: { then: 'profile' } } },
					},
				],
			},
			/with staleness\.then "profile": solar\.sky\.profile does not say what holds without it$/,
		],
	];
	for (const [text, expected] of refusals) {
		const error = await resolved(text).then(
			() => null,
			(reason: unknown) => reason,
		);
		assert.instance(error, ConfigError);
		assert.match((error as Error).message, expected);
	}
});

test.run();
