import type { RosterEntry } from '../../protocol/messages.ts';
import type { Wire } from '../../protocol/readings.ts';
import { GridSignal } from '../../protocol/signals.ts';
import type {
	CarbonConfig,
	CarbonSource,
	PriceConfig,
	PriceSource,
} from '../../services/carbon/config.ts';
import type { Drawn } from '../../services/carbon/drawn.ts';
import type { ForecastConfig } from '../../services/carbon/forecast.ts';
import type { ControllerConfig } from '../../services/controller/config.ts';
import type { ResolvedCarbon } from './carbon-source.ts';
import type { ResolvedExports } from './export-price.ts';
import type { SiteForecasts } from './forecast-source.ts';
import type { Frame } from './plan.ts';
import type { ResolvedPrice } from './price-source.ts';
import { type SiteNames, siteNames } from './site-names.ts';
import { wire } from './wire.ts';

/** What a site's grid emits and costs, and what is known of it in advance. */
export interface SiteSignals {
	readonly frame: Frame;
	readonly carbon: ResolvedCarbon['source'] | null;
	/** Marginal intensity beside an average one. */
	readonly marginal: ResolvedCarbon['source'] | null;
	readonly price: ResolvedPrice['source'] | null;
	/** What exports earn. */
	readonly exports: ResolvedExports | null;
	/** null: nobody needs any. */
	readonly forecasts: SiteForecasts | null;
}

/**
 * The actors that report signals, but for those of the user's own.
 *
 * @param known events of the grid that are known before the run, where the price is to follow them (undefined: it is not), and
 * what is drawn, by which the means of what imports emit and cost are weighted
 */
export function signalActors(
	site: SiteSignals,
	known: { readonly events: PriceConfig['gridEvents']; readonly drawn: Drawn | undefined },
): Omit<RosterEntry, 'host'>[] {
	const { frame, carbon, marginal, price, exports, forecasts } = site;
	const names = siteNames(frame);
	const { events } = known;
	const drawn = known.drawn === undefined ? {} : { drawn: known.drawn };
	const ahead = (signal: keyof SiteForecasts) => forecasts?.[signal]?.config ?? null;
	const entry = (name: string, kind: string, config: unknown) =>
		({ name, kind, config }) as Omit<RosterEntry, 'host'>;
	const ofCarbon = (
		signal: Exclude<GridSignal, 'price'>,
		source: ResolvedCarbon['source'] | null,
	) =>
		source === null || source.type === 'module'
			? []
			: [
					entry(names[signal], 'carbon', {
						...carbonConfig(source, frame, ahead(signal)),
						...drawn,
					}),
				];
	return [
		...ofCarbon('carbon', carbon),
		...ofCarbon('marginal', marginal),
		...(price === null || price.type === 'module'
			? []
			: [
					entry(names.price, 'price', {
						...priceConfig(price, frame, ahead('price')),
						...drawn,
						...(events === undefined ? {} : { gridEvents: events }),
					}),
				]),
		...(exports === null
			? []
			: [
					entry(names.exports, 'price', {
						...priceConfig(exports.source, frame, null),
						...(exports.adjust === null ? {} : { adjust: exports.adjust }),
					}),
				]),
	];
}

/** From them to the controller. */
export function signalWires(site: SiteSignals): Wire[] {
	const { frame, carbon, marginal, price, exports, forecasts } = site;
	const names = siteNames(frame);
	const to = (name: string, port: string) => wire(`${name}.${port}`, `${names.controller}.${port}`);
	return [
		...(carbon === null ? [] : [to(names.carbon, 'signal')]),
		...(marginal === null ? [] : [to(names.marginal, 'signal')]),
		...(price === null ? [] : [to(names.price, 'price')]),
		...(exports === null ? [] : [to(names.exports, 'price')]),
		...forecastNames(forecasts, names).map((name) =>
			to(name, name === names.price ? 'price-forecast' : 'forecast'),
		),
	];
}

/** The keys of a controller's configuration that name them. */
export function signalKeys(
	site: SiteSignals,
): Pick<
	ControllerConfig,
	'signals' | 'carbonSignal' | 'marginalSignal' | 'exportSignal' | 'forecast'
> {
	const { frame, carbon, marginal, price, exports, forecasts } = site;
	const names = siteNames(frame);
	const hours = Object.values(forecasts ?? {}).find((one) => one !== null)?.config.hours;
	return {
		signals: [
			...(carbon === null ? [] : [{ name: names.carbon, unit: 'g/kWh' as const }]),
			...(marginal === null ? [] : [{ name: names.marginal, unit: 'g/kWh' as const }]),
			...(price === null ? [] : [{ name: names.price, unit: 'USD/kWh' as const }]),
			...(exports === null ? [] : [{ name: names.exports, unit: 'USD/kWh' as const }]),
		],
		carbonSignal: carbon === null ? null : names.carbon,
		marginalSignal: marginal === null ? null : names.marginal,
		...(exports === null ? {} : { exportSignal: names.exports }),
		forecast: hours === undefined ? null : { hours, signals: forecastNames(forecasts, names) },
	};
}

/** Actors that report to the controller what they expect. */
function forecastNames(forecasts: SiteForecasts | null, names: SiteNames): string[] {
	if (forecasts === null) return [];
	return GridSignal.options
		.filter((signal) => forecasts[signal] !== null)
		.map((signal) => names[signal]);
}

/** A carbon actor's configuration. */
export function carbonConfig(
	source: CarbonSource,
	{ stepUs, startEpochMs, location }: Frame,
	forecast: ForecastConfig | null,
): CarbonConfig {
	return { stepUs, startEpochMs, timezone: location.timeZone, forecast, source };
}

/** A price actor's configuration. */
export function priceConfig(
	source: PriceSource,
	{ stepUs, startEpochMs, location }: Frame,
	forecast: ForecastConfig | null,
): PriceConfig {
	return { stepUs, startEpochMs, timezone: location.timeZone, forecast, source };
}
