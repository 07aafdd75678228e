import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../errors.ts';
import { Feed } from './feed.ts';
import { parseFeed } from './feed-text.ts';

const ALWAYS = Feed.parse({ type: 'uk' });

const MEANS: readonly (readonly [text: string, feed: object])[] = [
	['electricitymaps:DE', { type: 'electricitymaps', zone: 'DE', emissionFactors: 'lifecycle' }],
	['watttime:CAISO_NORTH', { type: 'watttime', region: 'CAISO_NORTH', signal: 'co2_moer' }],
	['watttime:PJM_NJ:index', { type: 'watttime', region: 'PJM_NJ', signal: 'index' }],
	['uk', { type: 'uk', region: null }],
	['uk:RG10', { type: 'uk', region: 'RG10' }],
	['energy-charts:DE-LU', { type: 'energy-charts', zone: 'DE-LU', usdPerUnit: null }],
	['entsoe:10Y1001A1001A82H usdPerUnit=1.08', { zone: '10Y1001A1001A82H', usdPerUnit: 1.08 }],
	['open-meteo', { type: 'open-meteo', latitude: null, longitude: null }],
	['eia:CISO every=1h', { type: 'eia', respondent: 'CISO', every: '1h' }],
	[
		'prometheus:http://localhost:9090 sum(rate(x{unit="kW"}[5m])) unit=kW every=15s',
		{
			type: 'prometheus',
			...{ url: 'http://localhost:9090', query: 'sum(rate(x{unit="kW"}[5m]))' },
			...{ range: null, step: '60s', unit: 'kW', every: '15s' },
		},
	],
	[
		'https://grid.example/now.json?zone=DE data[0].value kind=marginal unit=lb/MWh scale=2',
		{
			...{ type: 'http', url: 'https://grid.example/now.json?zone=DE', value: 'data[0].value' },
			...{ kind: 'marginal', unit: 'lb/MWh', scale: 2, headersEnv: {}, auth: null },
		},
	],
	['http://localhost:1/', { type: 'http', url: 'http://localhost:1/', value: null }],
	['nats:site.a.carbon', { type: 'nats', subject: 'site.a.carbon', value: null, server: null }],
	['nats:site.*.pv power.w time=at', { subject: 'site.*.pv', value: 'power.w', time: 'at' }],
	[
		'mqtts://broker:8883/site/pv/power power_W',
		{ type: 'mqtt', url: 'mqtts://broker:8883', topic: 'site/pv/power', value: 'power_W', qos: 0 },
	],
	['csv:./meter.csv Load [kW]', { type: 'csv', path: './meter.csv', column: 'Load [kW]' }],
];

test('a feed in a word is what its keys say', () => {
	for (const [text, expected] of MEANS) {
		const feed = Feed.parse(parseFeed(text, '--carbon'));
		const { bounds, staleness } = ALWAYS;
		for (const [key, value] of Object.entries({ bounds, staleness, ...expected }))
			assert.equal((feed as Record<string, unknown>)[key], value, `${text}: ${key}`);
	}
});

test('what is left out of a feed follows from its type and its documentation', () => {
	assert.is(ALWAYS.every, null);
	assert.equal(ALWAYS.bounds, { least: null, most: null });
	assert.equal(JSON.stringify(ALWAYS.staleness), '{"after":null,"then":"hold"}');
});

test('a text that is no feed is refused with the ways to write one', () => {
	const refused = [
		...['', 'coal', 'electricitymaps', 'electricitymaps:', 'electricitymaps:DE:x', 'uk:', 'uk:1:2'],
		...['watttime:', 'watttime:X:', 'watttime:X:percentile', 'prometheus:http://localhost:9090'],
		...['mqtt://broker', 'mqtt://broker/', 'nats:', 'csv:', 'ftp://x y', 'open-meteo:1', ':x'],
	];
	for (const text of refused)
		assert.throws(
			() => parseFeed(text, '--carbon'),
			(error: unknown) =>
				error instanceof ConfigError &&
				error.message.startsWith(`Cannot use --carbon "${text}": give electricitymaps:ZONE, `),
			text,
		);
	assert.throws(() => parseFeed('uk every=5s every=6s', '--carbon'), /says every twice$/);
	assert.throws(() => parseFeed('nats:a scale=x', '--carbon'), /give a number$/);
});

test('in a file a feed may be written in a word as well, and a wrong one is told the ways', () => {
	for (const [text] of MEANS) assert.equal(Feed.parse(text), Feed.parse(parseFeed(text, 'a row')));
	const { error } = Feed.safeParse('coal');
	assert.match(error?.issues[0]?.message ?? '', /^give electricitymaps:ZONE, /);
	assert.is(Feed.safeParse('uk unit=kg/kWh').error?.issues[0]?.message, 'Unrecognized key: "unit"');
});

test('no secret stands in a feed, and keys of others are refused', () => {
	const refuses = (feed: unknown, expected: RegExp) => {
		const { error } = Feed.safeParse(feed);
		assert.match(error?.issues.map(({ message }) => message).join('; ') ?? '', expected);
	};
	refuses({ type: 'http', url: 'https://me:pw@x.example/' }, /no user or password in it/);
	refuses({ type: 'mqtt', url: 'mqtt://me@x', topic: 'a' }, /no user or password in it/);
	refuses({ type: 'nats', subject: 'a', server: 'nats://me:pw@x' }, /no user or password in it/);
	refuses({ type: 'http', url: 'file:///etc/passwd' }, /must be an address/);
	refuses(parseFeed('uk unit=kg/kWh', '--carbon'), /Unrecognized key: "unit"/);
	refuses({ type: 'uk', bounds: { least: 2, most: 1 } }, /least must not lie above most/);
	refuses({ type: 'nats', subject: 'a..b' }, /words with dots/);
});

test.run();
