import { MOST_G_PER_KWH, MOST_USD_PER_KWH } from '../../feeds/grid/limits.ts';
import { type Limits, roundedValue } from '../../feeds/signal/limits.ts';
import { DECLARED_KINDS } from '../../services/declared-kinds.ts';
import type { LoadConfig } from '../../services/load/kind.ts';
import type { SolarConfig } from '../../services/solar/config.ts';
import { powerLimits } from '../../services/solar/power-sky.ts';

/** What is plausible for an actor's trace; null: anything. */
export function limitsOf(kind: string, config: unknown): Limits | null {
	switch (kind) {
		case 'solar':
			return solarLimits(config as SolarConfig);
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

function solarLimits({ peakPowerW, sky }: SolarConfig): Limits | null {
	if (sky.type !== 'trace') return null;
	const { unit } = sky;
	const peak = `the peak power of ${peakPowerW} W`;
	return {
		what: 'solar power',
		...powerLimits(peakPowerW, unit),
		belowZero: 'what the inverter draws, taken as a load',
		say(written, taken) {
			const part = taken / (unit === 'fraction' ? 1 : peakPowerW);
			if (taken < 0)
				return `${written}, a draw of ${roundedValue(-part * 100)} % of ${peak}; an inverter draws up to 5 % at night: correct the file, or give a load of its own`;
			return unit === 'fraction'
				? `${written}, ${roundedValue(part)} times ${peak}; values are fractions of it: if they are a power, say unit: W or kW, or name the column "P (W)"`
				: `${written}, so ${roundedValue(taken)} W, ${roundedValue(part)} times ${peak}; say the unit of the file (unit: W or kW), or the peak power of its plant`;
		},
	};
}
