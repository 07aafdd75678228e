import type * as z from 'zod';
import { ConfigError } from '../errors.ts';
import type { FeedKeys } from './feed-keys.ts';
import { parseNumber } from './text.ts';

/** Feeds as flags have them. */

type FeedInput = z.input<typeof FeedKeys>;

/** Keys that may follow a feed, as `unit=kW`. */
const KEYS = [
	'unit',
	'kind',
	'every',
	'scale',
	'usdPerUnit',
	'time',
	'timeUnit',
	'timezone',
] as const;
const KEY = new RegExp(String.raw`\s(${KEYS.join('|')})=([^\s"'{}()]+)$`);

const WAYS =
	'electricitymaps:ZONE, watttime:REGION, watttime:REGION:index, uk, uk:POSTCODE, energy-charts:ZONE, entsoe:EIC, open-meteo, eia:RESPONDENT, "prometheus:URL QUERY", "https://ADDRESS PATH", "nats:SUBJECT PATH", "mqtt://HOST/TOPIC PATH" or "csv:FILE COLUMN"';

/**
 * A feed in a word, for those that carry anything with the place of the values after a blank, and keys after that:
 * `electricitymaps:DE`, `prometheus:http://localhost:9090 sum(power_watts) unit=kW`, `mqtt://broker/site/pv power_W every=5s`.
 *
 * @throws ConfigError for anything else, with the ways to write one
 */
export function parseFeed(text: string, what: string): FeedInput {
	let rest = text.trim();
	const keys: Record<string, string | number> = {};
	for (let match = KEY.exec(rest); match !== null; match = KEY.exec(rest)) {
		const [whole, key = '', value = ''] = match;
		if (key in keys) throw new ConfigError(`Cannot use ${what} "${text}": it says ${key} twice`);
		keys[key] = key === 'scale' || key === 'usdPerUnit' ? parseNumber(value, what, text) : value;
		rest = rest.slice(0, -whole.length).trimEnd();
	}
	const feed = serviceOf(rest) ?? sourceOf(rest);
	if (feed === null) throw new ConfigError(`Cannot use ${what} "${text}": give ${WAYS}`);
	// What the type of feed does not know is refused by the schema, with its name.
	return { ...feed, ...keys } as FeedInput;
}

/** A service with an API of its own; null: it is none. */
function serviceOf(text: string): FeedInput | null {
	const [head = '', what = '', more] = text.split(':');
	if (/\s/.test(text) || more === '') return null;
	if (head === 'watttime' && what !== '') {
		if (more === undefined) return { type: 'watttime', region: what };
		if (more !== 'index' && more !== 'co2_moer' && more !== 'co2_aoer') return null;
		return { type: 'watttime', region: what, signal: more };
	}
	if (more !== undefined) return null;
	if (text === 'uk') return { type: 'uk' };
	if (text === 'open-meteo') return { type: 'open-meteo' };
	if (what === '') return null;
	switch (head) {
		case 'electricitymaps':
		case 'energy-charts':
		case 'entsoe':
			return { type: head, zone: what };
		case 'uk':
			return { type: 'uk', region: what };
		case 'eia':
			return { type: 'eia', respondent: what };
		default:
			return null;
	}
}

/** A source that carries anything; null: it is none. */
function sourceOf(text: string): FeedInput | null {
	const [, first = '', second = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
	const value = second === '' ? {} : { value: second };
	if (/^https?:\/\//.test(first)) return { type: 'http', url: first, ...value };
	if (/^mqtts?:\/\//.test(first)) {
		const [, url = '', topic = ''] = /^(\w+:\/\/[^/]+)\/(.+)$/.exec(first) ?? [];
		return topic === '' ? null : { type: 'mqtt', url, topic, ...value };
	}
	const at = first.indexOf(':');
	const [head, rest] = [first.slice(0, at), first.slice(at + 1)];
	if (at <= 0 || rest === '') return null;
	if (head === 'prometheus')
		return second === '' ? null : { type: 'prometheus', url: rest, query: second };
	if (head === 'nats') return { type: 'nats', subject: rest, ...value };
	if (head === 'csv')
		return { type: 'csv', path: rest, ...(second === '' ? {} : { column: second }) };
	return null;
}
