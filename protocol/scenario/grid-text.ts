import type * as z from 'zod';
import { ConfigError } from '../errors.ts';
import { parseFeed } from './feed-text.ts';
import type { Carbon, MarginalCarbon, Price } from './grid.ts';
import { parseNumber } from './text.ts';

/** The sources of intensities and prices as flags have them. */

type CarbonSource = z.input<typeof Carbon>;
type MarginalSource = z.input<typeof MarginalCarbon>;
type PriceSource = z.input<typeof Price>;

/** `zone:DE` into `zone` and `DE`; what has no colon is its own head. */
function headAndRest(text: string): [head: string, rest: string] {
	const at = text.indexOf(':');
	return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function isCsv(path: string): boolean {
	return /.\.csv$/i.test(path);
}

/** The sources that average and marginal intensities have in common; null: it is none of them. */
function parseEither(
	text: string,
	what: string,
): Exclude<MarginalSource, { source: 'trace' | 'module' }> | null {
	const [head, rest] = headAndRest(text);
	if (head === 'feed') return { source: 'feed', feed: parseFeed(rest, what) };
	if (text === 'location') return { source: 'location' };
	if (head === 'zone') return { source: 'zone', zone: rest };
	if (head === 'file') return { source: 'file', path: rest };
	if (head === 'constant')
		return { source: 'constant', valueGPerKwh: parseNumber(rest, what, text) };
	return null;
}

/**
 * `location`, `constant:VALUE` (g/kWh), `zone:NAME`, `file:FILE`, `average:FILE.csv`, `marginal:FILE.csv`, `FILE.csv`
 * (average), `feed:FEED` (live, as parseFeed() has it), `uk` or `electricitymaps:ZONE` as the key `carbon`.
 *
 * @throws ConfigError for anything else
 */
export function parseCarbon(text: string, what: string): CarbonSource {
	const [head, rest] = headAndRest(text);
	if (text === 'uk') return { source: 'uk' };
	if (head === 'electricitymaps') return { source: 'electricitymaps', zone: rest };
	const either = parseEither(text, what);
	if (either !== null) return either;
	if ((head === 'average' || head === 'marginal') && isCsv(rest))
		return { source: 'trace', path: rest, kind: head };
	if (isCsv(text)) return { source: 'trace', path: text, kind: 'average' };
	throw new ConfigError(
		`Cannot use ${what} "${text}": give location, none, constant:VALUE, zone:NAME, file:FILE, average:FILE.csv, marginal:FILE.csv, feed:FEED, uk or electricitymaps:ZONE`,
	);
}

/**
 * `location`, `constant:VALUE` (g/kWh), `zone:NAME`, `file:FILE`, `feed:FEED` or `FILE.csv` as the key `marginalCarbon`.
 *
 * @throws ConfigError for anything else
 */
export function parseMarginalCarbon(text: string, what: string): MarginalSource {
	const either = parseEither(text, what);
	if (either !== null) return either;
	if (isCsv(text)) return { source: 'trace', path: text };
	throw new ConfigError(
		`Cannot use ${what} "${text}": give location, none, constant:VALUE, zone:NAME, file:FILE, feed:FEED or FILE.csv`,
	);
}

/**
 * A number (USD/kWh), `location`, `zone:NAME` (of a market), `FILE.csv`, `file:FILE` or `feed:FEED` as the key `price`.
 *
 * @throws ConfigError for anything else
 */
export function parsePrice(text: string, what: string): PriceSource {
	const [head, rest] = headAndRest(text);
	if (text === 'location') return { source: 'location' };
	if (head === 'zone') return { source: 'zone', zone: rest };
	if (head === 'file') return { source: 'file', path: rest };
	if (head === 'feed') return { source: 'feed', feed: parseFeed(rest, what) };
	if (isCsv(text)) return { source: 'trace', path: text };
	const value = Number(text);
	if (text.trim() === '' || !Number.isFinite(value))
		throw new ConfigError(
			`Cannot use ${what} "${text}": give USD/kWh, location, zone:NAME, none, FILE.csv, file:FILE or feed:FEED`,
		);
	return { source: 'constant', valueUsdPerKwh: value };
}
