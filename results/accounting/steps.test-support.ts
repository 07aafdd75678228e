import type { BatterySteps, SiteSteps } from './site-steps.ts';

/** Columns of a site, given as plain numbers; what is left out is zero or absent. */
export interface StepsGiven {
	readonly stepS?: number;
	readonly loadW: readonly number[];
	readonly productionW?: readonly number[];
	readonly generatorW?: readonly number[];
	readonly gridW: readonly number[];
	readonly curtailedW?: readonly number[];
	readonly batteries?: readonly BatterySteps[];
	readonly priceUsdPerKwh?: readonly number[];
	readonly exportUsdPerKwh?: readonly number[];
}

/** A site of hourly steps. */
export function siteSteps(given: StepsGiven): SiteSteps {
	const count = given.loadW.length;
	const column = (values: readonly number[] | undefined) =>
		values === undefined ? new Float64Array(count) : Float64Array.from(values);
	return {
		count,
		stepS: given.stepS ?? 3600,
		loadW: column(given.loadW),
		productionW: column(given.productionW),
		generatorW: given.generatorW === undefined ? null : column(given.generatorW),
		gridW: column(given.gridW),
		curtailedW: column(given.curtailedW),
		batteries: given.batteries ?? [],
		averageGPerKwh: null,
		marginalGPerKwh: null,
		exportUsdPerKwh: given.exportUsdPerKwh === undefined ? null : column(given.exportUsdPerKwh),
		priceUsdPerKwh: given.priceUsdPerKwh === undefined ? null : column(given.priceUsdPerKwh),
	};
}

/** A lossless battery that starts with `storedWh` and does `powerW` in hourly steps. */
export function losslessBattery(
	name: string,
	storedWh: number,
	powerW: readonly number[],
): BatterySteps {
	const stored: number[] = [storedWh];
	for (const power of powerW) stored.push((stored.at(-1) as number) + power);
	return {
		name,
		powerW: Float64Array.from(powerW),
		storedWh: Float64Array.from(stored.slice(0, -1)),
		finallyStoredWh: stored.at(-1) as number,
	};
}
