import type { Level } from './level.ts';

/** One curve of a figure; `color` names a variable of the page's style. */
export interface Curve {
	readonly label: string;
	readonly color: string;
	readonly dash?: boolean;
	readonly fill?: boolean;
	/** Drawn as points: instead of a line, or on it. */
	readonly points?: 'only' | 'on line';
	/** What the legend says while no pointer asks for a value. */
	readonly atRest?: AtRest;
}

/** A figure for a whole curve; `unit` where it is not that of the vertical axis. */
export interface AtRest {
	readonly what: '' | 'mean' | 'last' | 'p50';
	/** null: there is none. */
	readonly value: number | null;
	readonly unit?: string;
}

/** A span of the vertical axis to tint; null: to its end. */
export interface Band {
	readonly from: number | null;
	readonly until: number | null;
	readonly color: string;
	readonly label: string;
}

/** A line across a figure at a value of one of its axes. */
export interface Mark {
	readonly value: number;
	readonly label: string;
}

/** A horizontal axis that is no time. */
export interface ValueAxis {
	readonly label: string;
	readonly unit: string;
	readonly log: boolean;
	/** Names of the values 0, 1, 2, … */
	readonly categories?: readonly string[];
	/** Vertical lines. */
	readonly marks: readonly Mark[];
}

/** Where the points of all curves stand on the horizontal axis, in order, then their values, curve by curve. */
export type FigureData = readonly [x: readonly number[], ...values: (readonly (number | null)[])[]];

/** Spans of time of which `data` has means: of each point the least and the greatest value, curve by curve. */
export interface Spans {
	readonly spanS: number;
	readonly lows: readonly (readonly (number | null)[])[];
	readonly highs: readonly (readonly (number | null)[])[];
}

/** A figure as the page draws it. Missing values are null. */
export interface Figure {
	readonly id: string;
	readonly title: string;
	/** What the vertical axis shows, with its unit. */
	readonly yLabel: string;
	readonly unit: string;
	/** time: seconds since 1970, drawn in local time. duration: seconds, logarithmic. value: any number. */
	readonly x: 'time' | 'duration' | 'value';
	/** Of an axis of values. */
	readonly xAxis?: ValueAxis;
	/** What each point of each curve is, as `data` has them: shown at the pointer. */
	readonly names?: readonly (readonly (string | null)[])[];
	/** How far the true value of each point of each curve may lie above and below it, as `data` has them. */
	readonly spreads?: readonly (readonly (number | null)[])[];
	readonly bands?: readonly Band[];
	/** Pairs of curves, by their numbers, between which to fill. */
	readonly between?: readonly { upper: number; lower: number; color: string }[];
	/**
	 * Drawn as strips, the first curve on top, darker with its value: from nothing at 0 to the full colour at
	 * `highest`. A value holds to the next point.
	 */
	readonly heat?: { readonly highest: number; readonly color: string };
	/** One of many of a kind, drawn small. */
	readonly small?: boolean;
	readonly logY: boolean;
	/** Held range of the vertical axis, or null to fit the data. */
	readonly yRange: readonly [number, number] | null;
	/** Values hold from a point to the next: drawn as steps. */
	readonly stepped: boolean;
	readonly curves: readonly Curve[];
	readonly data: FigureData;
	/** Where the values of `data` are means of spans of time. */
	readonly spans?: Spans;
	/** What a reader sees who looks closer, from coarse to fine; no part of JSON. */
	readonly finer?: () => readonly Level[];
	/** Spans to shade, in x. */
	readonly shades: readonly (readonly [number, number])[];
	/** Horizontal lines. */
	readonly marks: readonly Mark[];
	readonly note: string;
}
