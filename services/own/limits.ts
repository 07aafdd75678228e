import { MOST_G_PER_KWH, MOST_USD_PER_KWH } from '../../feeds/grid/limits.ts';
import { AIR_PORT, PRICE_PORT, SIGNAL_PORT } from '../../protocol/ports.ts';

/** What a signal of the user's can be: our own are held to the same, and no air on Earth is colder or warmer. */
const LIMITS: Readonly<Record<string, { least: number; most: number; unit: string }>> = {
	[SIGNAL_PORT.name]: { least: 0, most: MOST_G_PER_KWH, unit: 'g/kWh' },
	[PRICE_PORT.name]: { least: -MOST_USD_PER_KWH, most: MOST_USD_PER_KWH, unit: 'USD/kWh' },
	[AIR_PORT.name]: { least: -90, most: 60, unit: 'degC' },
};

/** What is wrong with a value of an output, in words; null if it can be. */
export function valueProblem(port: string, value: number): string | null {
	const limits = LIMITS[port];
	if (limits === undefined || (value >= limits.least && value <= limits.most)) return null;
	const { least, most, unit } = limits;
	return `it put out ${value} ${unit} as "${port}"; give ${least} to ${most}`;
}
