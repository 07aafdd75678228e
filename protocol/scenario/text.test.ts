import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type * as z from 'zod';
import * as fc from '../../tests/properties.test-support.ts';
import { GridSignal } from '../signals.ts';
import { Carbon, MarginalCarbon, Price } from './grid.ts';
import { GridConnection, parseOutage } from './grid-connection.ts';
import { parseCarbon, parseMarginalCarbon, parsePrice } from './grid-text.ts';
import { Policy } from './policy.ts';
import { parsePolicy } from './policy-text.ts';
import { HourFactors, MarkovBursts, Prefixes } from './requests.ts';
import { parseBursts, parseFactors, parsePrefixes } from './requests-text.ts';
import { Disaggregation, PrefixCache } from './serving.ts';
import { parsePools, parsePrefixCache } from './serving-text.ts';
import { parseList, parseNumber, parseUnlessNone } from './text.ts';

/** Each text, with what it means, and the schema that has to take it. */
interface Grammar {
	readonly parse: (text: string, what: string) => unknown;
	readonly schema: z.ZodType;
	readonly means: fc.Arbitrary<readonly [text: string, value: unknown]>;
	/** Texts that are refused with the ways to write it. */
	readonly refused: readonly string[];
	readonly says: RegExp;
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const atLeast0 = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true });
const count = fc.integer({ min: 1, max: 1000 });
const zone = fc.constantFrom('DE', 'US-CA', 'IE', 'a:b');
const path = fc.constantFrom('a.csv', '/data/b.CSV', '../c d/e.csv', 'C:\\x.csv');
const span = fc.constantFrom('18h', '5min', '1h30min', '90');

const either = fc.oneof(
	fc.constant(['location', { source: 'location' }] as const),
	zone.map((name) => [`zone:${name}`, { source: 'zone', zone: name }] as const),
	path.map((file) => [`file:${file}`, { source: 'file', path: file }] as const),
	atLeast0.map(
		(value) => [`constant:${value}`, { source: 'constant', valueGPerKwh: value }] as const,
	),
);

const GRAMMARS: Readonly<Record<string, Grammar>> = {
	parseCarbon: {
		parse: parseCarbon,
		schema: Carbon,
		means: fc.oneof(
			either,
			fc.constant(['uk', { source: 'uk' }] as const),
			fc.constant(['feed:uk', { source: 'feed', feed: { type: 'uk' } }] as const),
			zone.map(
				(name) => [`electricitymaps:${name}`, { source: 'electricitymaps', zone: name }] as const,
			),
			path.map((file) => [file, { source: 'trace', path: file, kind: 'average' }] as const),
			fc
				.tuple(fc.constantFrom('average', 'marginal'), path)
				.map(([kind, file]) => [`${kind}:${file}`, { source: 'trace', path: file, kind }] as const),
		),
		refused: ['', 'coal', 'marginal:x.json', '.csv', 'uk:1', 'average:'],
		says: /: give location, none, constant:VALUE, zone:NAME, file:FILE, average:FILE.csv, marginal:FILE.csv, feed:FEED, uk or electricitymaps:ZONE$/,
	},
	parseMarginalCarbon: {
		parse: parseMarginalCarbon,
		schema: MarginalCarbon,
		means: fc.oneof(
			either,
			path.map((file) => [file, { source: 'trace', path: file }] as const),
		),
		refused: ['', 'uk', 'electricitymaps:DE', '7'],
		says: /: give location, none, constant:VALUE, zone:NAME, file:FILE, feed:FEED or FILE.csv$/,
	},
	parsePrice: {
		parse: parsePrice,
		schema: Price,
		means: fc.oneof(
			finite.map(
				(value) => [String(value), { source: 'constant', valueUsdPerKwh: value }] as const,
			),
			path.map((file) => [file, { source: 'trace', path: file }] as const),
			path.map((file) => [`file:${file}`, { source: 'file', path: file }] as const),
			fc.constant(['location', { source: 'location' }] as const),
			fc
				.constantFrom('DE-LU', 'FR')
				.map((zone) => [`zone:${zone}`, { source: 'zone', zone }] as const),
			fc.constant([
				'feed:entsoe:10YDE',
				{ source: 'feed', feed: { type: 'entsoe', zone: '10YDE' } },
			] as const),
		),
		refused: ['', ' ', 'cheap', 'Infinity', '0.3:0.1'],
		says: /: give USD\/kWh, location, zone:NAME, none, FILE.csv, file:FILE or feed:FEED$/,
	},
	parsePolicy: {
		parse: parsePolicy,
		schema: Policy,
		means: fc.oneof(
			fc.constant(['default', { type: 'default' }] as const),
			atLeast0.map((peakW) => [`peak:${peakW}`, { type: 'peak-shaving', peakW }] as const),
			fc
				.tuple(fc.constantFrom('carbon', 'price'), finite, finite)
				.map(
					([signal, chargeBelow, dischargeAbove]) =>
						[
							`${signal}:${chargeBelow}:${dischargeAbove}`,
							{ type: `${signal}-arbitrage`, chargeBelow, dischargeAbove },
						] as const,
				),
			fc
				.constantFrom(...GridSignal.options)
				.map((follow) => [`forecast:${follow}`, { type: 'forecast', follow }] as const),
			fc
				.constantFrom('mine.js', './a b/mine.mjs', '/x/mine.ts', 'C:/mine.mts')
				.map((file) => [file, { type: 'plugin', path: file }] as const),
		),
		refused: ['', 'peak:', 'peak: ', 'peak:1:2', 'carbon:1', 'price:1:', 'forecast:soc', 'mine.py'],
		says: /: give default, peak:WATTS, carbon:LOW:HIGH, price:LOW:HIGH, forecast:SIGNAL or a module FILE.js$/,
	},
	parseOutage: {
		parse: parseOutage,
		schema: GridConnection.shape.outages.unwrap().element,
		means: fc
			.tuple(span, span)
			.map(([from, length]) => [`${from}+${length}`, { from, length }] as const),
		refused: ['', '18h', '18h+', '+3h', '1h+1h+1h'],
		says: /: give none, or FROM\+LENGTH, such as 18h\+3h$/,
	},
	parseBursts: {
		parse: parseBursts,
		schema: MarkovBursts,
		means: fc
			.tuple(
				fc.integer({ min: 0, max: 1e6 }).map((n) => n / 100),
				span,
				span,
			)
			.map(
				([burstFactor, meanBurst, meanCalm]) =>
					[
						`${burstFactor}:${meanBurst}:${meanCalm}`,
						{ type: 'markov', burstFactor, meanBurst, meanCalm },
					] as const,
			),
		refused: ['', '4', '4:5min', 'x:5min:1h', '4::1h', '4:5min:1h:1'],
		says: /: give none, or FACTOR:BURST:CALM, such as 4:5min:1h \(mean lengths\)$/,
	},
	parseFactors: {
		parse: parseFactors,
		schema: HourFactors,
		means: fc
			.array(atLeast0, { minLength: 24, maxLength: 24 })
			.map((factors) => [factors.join(','), factors] as const),
		refused: ['', '1,,2', '1;2', '1,x'],
		says: /: give a number$/,
	},
	parsePrefixes: {
		parse: parsePrefixes,
		schema: Prefixes,
		means: fc.oneof(
			count.map((sessions) => [`sessions:${sessions}`, { type: 'sessions', sessions }] as const),
			fc
				.tuple(count, count)
				.map(
					([groups, tokens]) =>
						[`${groups}:${tokens}`, { type: 'groups', groups, tokens }] as const,
				),
		),
		refused: ['', '40', '40:', 'sessions:', 'sessions:x', '1.5:3'],
		says: /: give none, GROUPS:TOKENS such as 40:1200, or sessions:NUMBER$/,
	},
	parsePrefixCache: {
		parse: parsePrefixCache,
		schema: PrefixCache,
		means: fc.oneof(
			fc.constant(['shared', { type: 'shared' }] as const),
			fc
				.double({ min: 0, max: 1, noNaN: true })
				.map((fraction) => [String(fraction), { type: 'hit-rate', fraction }] as const),
		),
		refused: ['', ' ', 'half', 'Infinity'],
		says: /: give none, shared, or the part of prompts that is found, such as 0.5$/,
	},
	parsePools: {
		parse: parsePools,
		schema: Disaggregation,
		means: fc
			.tuple(count, count)
			.map(
				([prefillReplicas, decodeReplicas]) =>
					[`${prefillReplicas}:${decodeReplicas}`, { prefillReplicas, decodeReplicas }] as const,
			),
		refused: ['', '2', '2:', '2:3:4', '-1:2'],
		says: /: give PREFILL:DECODE, the replicas of each pool, such as 2:3$/,
	},
};

for (const [name, { parse, schema, means, refused, says }] of Object.entries(GRAMMARS)) {
	test(`${name}() reads every text that means something, and the scenario takes it`, () => {
		fc.assert(
			fc.property(means, ([text, value]) => {
				assert.equal(parse(text, '--flag'), value, text);
				const taken = schema.safeParse(value);
				assert.ok(taken.success, `${text}: ${taken.error?.message}`);
			}),
		);
	});

	test(`${name}() refuses the rest in a line that names the text and what would do`, () => {
		for (const text of refused)
			assert.throws(
				() => parse(text, '--flag'),
				(error: Error) =>
					error.name === 'ConfigError' &&
					error.message.startsWith(`Cannot use --flag "${text}"`) &&
					says.test(error.message),
				`"${text}"`,
			);
	});
}

test('parseCarbon() names the whole text of a constant that is no number', () => {
	assert.throws(
		() => parseCarbon('constant:much', '--carbon'),
		(error: Error) => error.message === 'Cannot use --carbon "constant:much": give a number',
	);
});

test('parseNumber() takes what JavaScript prints, and no emptiness', () => {
	for (const text of ['1', '-2.5', '1e21', ' 3 ']) assert.is(parseNumber(text, 'x'), Number(text));
	for (const text of ['', ' ', 'NaN', 'Infinity', '1,5'])
		assert.throws(() => parseNumber(text, 'x'), /^Cannot use x ".*": give a number$/);
});

test('parseUnlessNone() and parseList() know none, alone', () => {
	assert.is(parseUnlessNone('none', 'x', parseNumber), null);
	assert.is(parseUnlessNone('1', 'x', parseNumber), 1);
	assert.equal(parseList(['none'], 'x', parseNumber), []);
	assert.equal(parseList(['1', '2'], 'x', parseNumber), [1, 2]);
	assert.throws(
		() => parseList(['1', 'none', '2'], '--cap', parseNumber),
		/^Cannot use --cap none with other values \(1, 2\): give one or the other$/,
	);
});

test.run();
