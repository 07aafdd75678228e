import { ConfigError } from '../../protocol/errors.ts';
import type { Scenario } from '../../protocol/scenario.ts';
import type { PriceSource } from '../carbon/config.ts';
import { gridSeries } from './grid-series.ts';
import { inCalendar } from './in-calendar.ts';
import type { Frame } from './plan.ts';

export interface ResolvedPrice {
	readonly source: PriceSource;
	/** Where the figures come from, for people; null where the scenario says them itself. */
	readonly describe: string | null;
}

const EVERY_MONTH: number[] = new Array(12).fill(1);

/** Makes the scenario's price of imports explicit. */
export function resolvePrice(price: Scenario['price'], frame: Frame): ResolvedPrice | null {
	if (price === null) return null;
	switch (price.source) {
		case 'constant':
			return { source: { type: 'constant', valueUsdPerKwh: price.valueUsdPerKwh }, describe: null };
		case 'tariff': {
			const { weekday, weekend, sampling } = price;
			const monthlyFactor = EVERY_MONTH;
			return {
				source: { type: 'profile', sampling, weekday, weekend, monthlyFactor },
				describe: null,
			};
		}
		case 'trace': {
			const { source: _, unit, ...trace } = price;
			const scale = unit === 'USD/MWh' ? trace.scale / 1000 : trace.scale;
			return {
				source: { type: 'trace', ...inCalendar({ ...trace, scale }, frame) },
				describe: `prices from ${trace.path}`,
			};
		}
		case 'file': {
			const series = gridSeries('price', price, frame, 'lifecycle');
			const factor = usdPerUnit(price, series.file.currency ?? 'USD');
			const points = series.points.map(({ epochMs, value }) => ({
				epochMs,
				value: value * factor,
			}));
			const { untilMs } = series;
			return {
				source: { type: 'series', sampling: price.sampling, points, untilMs },
				describe: `prices from ${series.describe}`,
			};
		}
	}
}

function usdPerUnit(
	{ path, usdPerUnit: given }: { readonly path: string; readonly usdPerUnit: number | null },
	currency: string,
): number {
	if (given !== null) return given;
	if (currency === 'USD') return 1;
	throw new ConfigError(
		`Cannot use the prices of "${path}": they are in ${currency}; set price.usdPerUnit to the USD for one ${currency}`,
	);
}
