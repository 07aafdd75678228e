import { MOST_G_PER_KWH, MOST_USD_PER_KWH } from '../../feeds/grid/limits.ts';
import { type Limits, roundedValue } from '../../feeds/signal/limits.ts';
import { DECLARED_KINDS } from '../../services/declared-kinds.ts';
import type { LoadConfig } from '../../services/load/kind.ts';

/** What is plausible for an actor's trace; null: anything. */
export function limitsOf(kind: string, config: unknown): Limits | null {
	switch (kind) {
		case 'carbon':
			return {
				...{ what: 'carbon intensity', least: 0, most: MOST_G_PER_KWH, belowZero: null },
				say: (written, taken) =>
					taken < 0
						? `${written}; an intensity is 0 or more`
						: `${written}, so ${roundedValue(taken)} g/kWh, more than any plant emits (${MOST_G_PER_KWH}); say the unit of the file (unit: lb/MWh or kg/MWh)`,
			};
		case 'price':
			return {
				...{ what: 'a price', least: -MOST_USD_PER_KWH, most: MOST_USD_PER_KWH, belowZero: null },
				say: (written, taken) =>
					`${written}, so ${roundedValue(taken)} USD/kWh, more than energy has ever cost (${MOST_USD_PER_KWH}); say the unit of the file (unit: USD/MWh)`,
			};
		case 'grid':
			return {
				...{ what: 'outages', least: 0, most: 1, belowZero: null },
				say: (written) => `${written}; it is 1 while the grid is there and 0 while it is away`,
			};
		case 'load':
			return {
				...{ what: 'a load', least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY },
				belowZero:
					(config as LoadConfig).sign === 'consumer'
						? 'there it feeds in, as production'
						: 'there it draws, as a load',
				say: (written) => `${written}`,
			};
		default:
			return DECLARED_KINDS.find((one) => one.kind === kind)?.limits(config) ?? null;
	}
}
