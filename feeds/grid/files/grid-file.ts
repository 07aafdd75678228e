import type { Note } from '../../../protocol/remark.ts';
import type { EmissionFactors, IntensityKind } from '../../../protocol/signals.ts';
import type { Unit } from '../../signal/column-units.ts';
import type { Reading } from '../../signal/reading.ts';

/** A value that holds from its instant until the next point's. Prices may be negative. */
export interface FilePoint {
	readonly epochMs: number;
	readonly value: number;
}

/** A forecast: what was expected at `madeAtMs` for the instants of its points. */
export interface FileForecast {
	readonly madeAtMs: number;
	readonly points: readonly FilePoint[];
}

/** What a file of a grid signal holds, in our units. */
export interface GridFile {
	/** Whose format it is, for people. */
	readonly format: string;
	/** g/kWh of CO2eq, or money per kWh. */
	readonly signal: 'carbon' | 'price';
	/** Null for prices, and where the file does not say. */
	readonly kind: IntensityKind | null;
	/** Of prices: an ISO 4217 code, null where the file does not say; null for carbon. */
	readonly currency: string | null;
	/** The file's own name of the grid region; null where it names none. */
	readonly region: string | null;
	/** In order of time, each time once. Empty in a file of forecasts only. */
	readonly points: readonly FilePoint[];
	/** How long the last point holds: the most frequent distance of points. */
	readonly stepMs: number;
	/** In order of the time they were made. */
	readonly forecasts: readonly FileForecast[];
	/** What was left out, derived or estimated. */
	readonly notes: readonly Note[];
}

/** What a parser hands over; order, duplicates and step are put right in one place. */
export interface RawGridFile extends Omit<GridFile, 'points' | 'stepMs' | 'forecasts' | 'notes'> {
	/** NaN: no value. */
	readonly points: readonly FilePoint[];
	readonly forecasts?: readonly FileForecast[];
	readonly notes?: readonly Note[];
	/** What the values of the file were multiplied by, and whether the file says so itself or its format does. */
	readonly unit: { readonly factor: number; readonly isStated: boolean };
}

/** Of files that say nothing of it. */
export interface GridFileChoices {
	/** Electricity Maps gives two: with or without what building the plants emitted. */
	readonly emissionFactors: EmissionFactors;
	/** IANA name: where a file writes local times without saying whose. */
	readonly timezone: string;
	/** Which of the places, areas or nodes of the file; null: it has one. */
	readonly region: string | null;
	/** Which of the columns of values; null: it has one. */
	readonly column: string | null;
	/** Which of the auctions of a day; null: the first. */
	readonly sequence: string | null;
	/** What the values are in; null: as the file says, else its format. */
	readonly unit: Unit | null;
	/** What numbers are written with; null: as the file shows. */
	readonly decimal: Reading['decimal'];
}

/** Where nothing is chosen: a file has one of each. */
export const NOTHING_CHOSEN: Omit<GridFileChoices, 'timezone'> = {
	...{ emissionFactors: 'lifecycle', region: null, column: null, sequence: null, decimal: null },
	unit: null,
};
