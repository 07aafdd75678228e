import * as z from 'zod';
import { readGridTable } from './load.ts';

const Hours = z.array(z.number()).length(24);
const Months = z.array(Hours).length(12);

/** The mean days of a grid or market: by month, weekdays and weekends, and local hour. */
const MeanDays = z.strictObject({
	zone: z.string().min(2),
	name: z.string().min(1),
	/** Other names under which it is found. */
	aliases: z.array(z.string().min(1)),
	/** IANA name; the hours are hours of it. */
	timezone: z.string().min(1),
	/** What else there is to know of its figures. */
	note: z.string().nullable(),
	mean: z.number(),
	/** Of the series about its mean. */
	deviation: z.number().nonnegative(),
	/** Root mean square of the hourly series minus the profile. */
	rmse: z.number().nonnegative(),
	/** Hours of the series. */
	samples: z.int().positive(),
	weekday: Months,
	weekend: Months,
});
export type MeanDays = z.infer<typeof MeanDays>;

/** The whole of weather-data/grid-profiles.json. */
const GridProfiles = z.strictObject({
	about: z.string().min(1),
	carbonLicense: z.string().min(1),
	priceSource: z.string().min(1),
	years: z.array(z.int()).min(1),
	/** Life-cycle, g/kWh. */
	carbon: z.array(MeanDays).min(1),
	/** USD/MWh. */
	prices: z.array(MeanDays).min(1),
});

const Average = z.strictObject({
	/** ISO 3166: of a country `IE`, of a state `US-CO`. */
	zone: z.string().min(2),
	name: z.string().min(1),
	valueGPerKwh: z.number().nonnegative().nullable(),
});

/** The whole of weather-data/grid-averages.json. */
const GridAverages = z.strictObject({
	about: z.string().min(1),
	countriesFrom: z.string().min(1),
	statesFrom: z.string().min(1),
	stateYear: z.int(),
	ratesFrom: z.string().min(1),
	countries: z.array(
		Average.extend({
			aliases: z.array(z.string().min(1)),
			/** ISO 4217. */
			currency: z.string().length(3).nullable(),
			year: z.int().nullable(),
		}),
	),
	states: z.array(Average),
	/** By currency. */
	usdPerUnit: z.record(z.string().length(3), z.number().positive()),
});

/** Mean days of grids and markets. */
export function gridProfiles(): z.infer<typeof GridProfiles> {
	return readGridTable('grid-profiles.json', GridProfiles);
}

/** Annual averages of countries and states, and currencies. */
export function gridAverages(): z.infer<typeof GridAverages> {
	return readGridTable('grid-averages.json', GridAverages);
}
