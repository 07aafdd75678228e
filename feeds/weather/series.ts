import type { Note } from '../../protocol/remark.ts';

/** What a weather file may hold. pv: power of a plant as a fraction of its peak. */
export const QUANTITIES = ['ghi', 'dni', 'dhi', 'airC', 'windMs', 'pv'] as const;
export type Quantity = (typeof QUANTITIES)[number];

/** Where in its interval a stamp lies. */
export type Label = 'left' | 'centre' | 'right';

export type Columns = Readonly<Partial<Record<Quantity, Float64Array>>>;

/** A weather file as it was read: its rows in the file's order, nothing repaired. */
export interface RawWeather {
	readonly format: string;
	/** What the stamps mean, in words. */
	readonly labelling: string;
	readonly label: Label;
	/** Length of an interval if the file says it, ms. */
	readonly stepMs: number | null;
	readonly place: Place;
	/** Minutes that the file's clock is ahead of UTC; null: each stamp has its own offset. */
	readonly offsetMinutes: number | null;
	/** How the file says what its clock is. */
	readonly clock: string;
	/** Milliseconds since 1970; in a typical year those of 2001. */
	readonly stampsMs: Float64Array;
	/** Line of each row, for messages. */
	readonly lines: Int32Array;
	/** Months of different years put together. */
	readonly isTypical: boolean;
	/** NaN where there is no value. W/m2, degC, m/s at 10 m. */
	readonly columns: Columns;
	/** Temperature and wind are of the stamp's instant, not of its interval. */
	readonly isAirInstant: boolean;
	readonly notes: readonly Note[];
}

export interface Place {
	readonly name: string | null;
	readonly latitude: number | null;
	readonly longitude: number | null;
	readonly altitudeM: number | null;
}

/** Weather on intervals of one length, in order of time, none left out. */
export interface WeatherSeries {
	/** For messages: format and path. */
	readonly name: string;
	readonly format: string;
	readonly labelling: string;
	/** Where in its interval a stamp of the file lies; here all are labelled by their start. */
	readonly label: Label;
	readonly clock: string;
	readonly place: Place;
	readonly offsetMinutes: number | null;
	readonly isTypical: boolean;
	/** Start of the first interval, ms since 1970. */
	readonly firstMs: number;
	readonly stepMs: number;
	/** Number of intervals. */
	readonly count: number;
	/** NaN where a gap was too long to be filled. */
	readonly columns: Columns;
	readonly gaps: readonly Gap[];
	/** What was done to the data, one line each. */
	readonly notes: readonly Note[];
}

/** Intervals without a value, [fromMs, untilMs). */
export interface Gap {
	readonly quantity: Quantity;
	readonly fromMs: number;
	readonly untilMs: number;
	readonly filled: boolean;
}

export const NOWHERE: Place = { name: null, latitude: null, longitude: null, altitudeM: null };
