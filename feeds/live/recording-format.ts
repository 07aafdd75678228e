import type { FeedQuantity, IntensityKind } from '../../protocol/signals.ts';

/** Columns of a recording: what its values are stands in the name of the second. */
export const TIME_COLUMN = 'time';

const NAMES: Readonly<Record<FeedQuantity, string>> = {
	carbon: 'average carbon intensity',
	'marginal-carbon': 'marginal carbon intensity',
	'carbon-index': 'carbon index',
	price: 'price',
	irradiance: 'irradiance',
	temperature: 'temperature',
	'wind-speed': 'wind speed',
	power: 'power',
	rate: 'rate',
	plain: 'value',
};

/** `marginal carbon intensity (g/kWh)`: quantity, kind and unit, as the readers of files know them. */
export function recordingColumn(quantity: FeedQuantity, unit: string): string {
	return `${NAMES[quantity]} (${unit})`;
}

/** What a file says of itself that has these columns; null: it is no recording of a grid signal. */
export function recordedSignal(
	header: readonly string[],
): { readonly kind: IntensityKind | null; readonly currency: string | null } | null {
	const [time, value = ''] = header;
	if (time !== TIME_COLUMN || header.length !== 2) return null;
	for (const [quantity, kind] of [
		['carbon', 'average'],
		['marginal-carbon', 'marginal'],
	] as const)
		if (value === recordingColumn(quantity, 'g/kWh')) return { kind, currency: null };
	const [, currency] = /^price \(([A-Z]{3})\/kWh\)$/.exec(value) ?? [];
	return currency === undefined ? null : { kind: null, currency };
}
