import type { GridFile } from '../../feeds/grid/files/grid-file.ts';
import { MOST_USD_PER_KWH } from '../../feeds/grid/limits.ts';
import { isoInstant } from '../../feeds/grid/reader.ts';
import { isCurrency } from '../../feeds/signal/column-units.ts';
import { inCalendar } from '../../feeds/signal/in-calendar.ts';
import { PRICE, traceUnit } from '../../feeds/signal/trace-unit.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { given, type Origin } from '../../protocol/origin.ts';
import { type Note, note } from '../../protocol/remark.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { KnownPrice, PriceSource } from '../../services/carbon/config.ts';
import { gridAverages } from '../../services/carbon/grid-tables.ts';
import { findMarket, hasMarket } from '../../services/carbon/grid-zones.ts';
import { resolveFeed } from './followed.ts';
import { gridSeries } from './grid-series.ts';
import { inClock } from './in-clock.ts';
import type { Frame } from './plan.ts';

export interface ResolvedPrice {
	/** `module`: one of the user's reports it. */
	readonly source: PriceSource | { readonly type: 'module' };
	/** Where the figures are from: those of a scenario itself need no line before the run. */
	readonly origin: Origin;
	readonly describe: string | null;
	/** What there is to know of its values. */
	readonly notes?: readonly Note[];
}

/**
 * Makes a price of the scenario explicit.
 *
 * @param key under which it stands, for messages
 */
export async function resolvePrice(
	price: Scenario['price'],
	frame: Frame,
	key: 'price' | 'exportPrice' = 'price',
): Promise<ResolvedPrice | null> {
	if (price === null) return null;
	switch (price.source) {
		case 'location':
		case 'zone':
			return ofMarket(price, frame);
		case 'constant':
			return {
				source: ownPrice(price),
				origin: given(`${price.valueUsdPerKwh} USD/kWh at all times, from the scenario`),
				describe: null,
			};
		case 'tariff':
			return {
				source: ownPrice(price),
				origin: given('a tariff by hour, from the scenario'),
				describe: null,
			};
		case 'feed': {
			const { feed, sampling, profile } = price;
			const hasProfile = profile !== null;
			const { followed, describe, label } = await resolveFeed(feed, 'price', frame, {
				...{ where: 'price', hasProfile },
			});
			const held =
				profile === null || feed.staleness.then !== 'profile' ? null : heldPrice(profile, frame);
			const source = `prices of ${describe}`;
			return {
				source: { type: 'feed', sampling, followed, fallback: held?.source ?? null },
				origin: { label, source },
				describe: source,
				notes: held?.notes ?? [],
			};
		}
		case 'trace': {
			const { source: _, unit: _unit, usdPerUnit: _rate, ...trace } = price;
			const { unit, scale: perKwh, says } = traceUnit(price, PRICE);
			const scale = perKwh * usdPerUnit(price, unit.currency ?? 'USD', key);
			return {
				source: { type: 'trace', ...inCalendar({ ...trace, scale }, frame) },
				...fromFile(`prices from ${trace.path}`),
				notes: says === null ? [] : [note(says)],
			};
		}
		case 'module':
			return {
				source: { type: 'module' },
				...fromFile(`prices by the module ${price.module}`),
			};
		case 'file': {
			const series = gridSeries('price', price, frame, 'lifecycle');
			const factor = usdPerUnit(price, currencyOf(price, series.file, { key, frame }), key);
			const points = series.points.map(({ epochMs, value }) => ({
				epochMs,
				value: value * factor,
			}));
			const absurd = points.find(({ value }) => Math.abs(value) > MOST_USD_PER_KWH);
			if (absurd !== undefined)
				throw new ConfigError(
					`Cannot use the prices of "${price.path}": ${absurd.value} USD/kWh at ${isoInstant(absurd.epochMs)} is more than ${MOST_USD_PER_KWH}; look at its unit and at ${key}.usdPerUnit`,
				);
			const { untilMs, notes } = series;
			return {
				source: { type: 'series', sampling: price.sampling, points, untilMs },
				...fromFile(`prices from ${series.describe}`),
				notes,
			};
		}
	}
}

type MarketKeys = Extract<NonNullable<Scenario['price']>, { source: 'location' | 'zone' }>;
type SaidKeys = Extract<NonNullable<Scenario['price']>, { source: 'constant' | 'tariff' }>;

/** What holds while a feed is silent. */
function heldPrice(
	profile: SaidKeys | MarketKeys,
	frame: Frame,
): { readonly source: KnownPrice; readonly notes: readonly Note[] } {
	return profile.source === 'constant' || profile.source === 'tariff'
		? { source: ownPrice(profile), notes: [] }
		: ofMarket(profile, frame);
}

/** Mean days of a market's prices. */
function ofMarket(price: MarketKeys, frame: Frame) {
	const { zone, source, timezone, from, says } = findMarket(
		price.source === 'zone' ? price.zone : marketOf(frame),
	);
	return {
		source: { ...inClock(source, timezone, frame), sampling: price.sampling },
		origin: { label: 'fitted' as const, source: from },
		describe: `${zone}: ${from}`,
		notes: [note(says)],
	};
}

/** The market in which a place is. */
function marketOf({ location: { name, gridZone } }: Frame): string {
	if (gridZone !== null && hasMarket(gridZone)) return gridZone;
	throw new ConfigError(
		`Cannot tell the price at "${name}": no market is known there${gridZone === null ? '' : ` (${gridZone})`}; ` +
			'use --price VALUE (USD/kWh), --price zone:NAME, --price FILE.csv, --price file:FILE or --price none',
	);
}

/** Prices that the scenario itself says. */
function ownPrice(price: SaidKeys): KnownPrice {
	if (price.source === 'constant')
		return { type: 'constant', valueUsdPerKwh: price.valueUsdPerKwh };
	const { weekday, weekend, sampling, seasons, holidays } = price;
	if (holidays.length > 0 && [price, ...seasons].every((one) => one.weekend === null))
		throw new ConfigError(
			`Cannot use holidays "${holidays[0]}": no day has prices of a weekend; give weekend`,
		);
	const monthlyFactor: number[] = new Array(12).fill(1);
	return {
		...{ type: 'profile', sampling, weekday, weekend, monthlyFactor },
		...(seasons.length === 0 ? {} : { seasons }),
		...(holidays.length === 0 ? {} : { holidays }),
	};
}

function fromFile(describe: string): Pick<ResolvedPrice, 'origin' | 'describe'> {
	return { origin: given(describe), describe };
}

/** The file's own currency, or what the scenario says of a file that names none. */
function currencyOf(
	{ path, currency: asked }: { readonly path: string; readonly currency: string | null },
	{ currency, format }: GridFile,
	{ key, frame }: { readonly key: string; readonly frame: Frame },
): string {
	if (asked !== null && !isCurrency(asked))
		throw new ConfigError(`Cannot use currency "${asked}": it is no code of ISO 4217, such as EUR`);
	if (currency !== null && asked !== null && currency !== asked)
		throw new ConfigError(
			`Cannot use the prices of "${path}" as ${asked}: they are in ${currency}; drop ${key}.currency`,
		);
	const known = currency ?? asked;
	if (known !== null) return known;
	throw new ConfigError(
		`Cannot use the prices of "${path}" (${format}): the file does not say in which currency they are; set ${key}.currency, such as ${homeCurrency(frame) ?? 'EUR'}`,
	);
}

/** Of the country of a place. */
function homeCurrency({ location: { country } }: Frame): string | null {
	return gridAverages().countries.find(({ zone }) => zone === country)?.currency ?? null;
}

/** What a currency was worth, to begin with: no run converts with it unasked. */
function rateText(currency: string): string {
	const { usdPerUnit: rates, ratesFrom } = gridAverages();
	const rate = rates[currency];
	return rate === undefined ? '' : `, such as ${rate} (${ratesFrom})`;
}

function usdPerUnit(
	{ path, usdPerUnit: asked }: { readonly path: string; readonly usdPerUnit: number | null },
	currency: string,
	key: string,
): number {
	if (asked !== null) return asked;
	if (currency === 'USD') return 1;
	throw new ConfigError(
		`Cannot use the prices of "${path}": they are in ${currency}; set ${key}.usdPerUnit${key === 'price' ? ' (--usd-per-unit)' : ''} to the USD for one ${currency}${rateText(currency)}`,
	);
}
