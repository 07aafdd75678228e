import type { Figure } from './figure.ts';
import type { PackedLevel } from './level.ts';

/**
 * What a page and the script in it say to each other: html.ts writes the page, client/ is the script. Both are
 * held to these types.
 */

/** What a page carries as JSON. */
export interface PageData {
	/** IANA name of the zone in which times are shown. */
	readonly timezone: string;
	readonly figures: readonly CarriedFigure[];
	/** Spans that figures shade; most of them shade the same, which may be thousands. */
	readonly shades: readonly Figure['shades'][];
}

/** A figure as JSON: `shades` says which of the page's it has. */
export type CarriedFigure = Omit<PageFigure, 'shades'> & { readonly shades: number };

/** A figure as the script of a page has it. */
export type PageFigure = Omit<Figure, 'finer'> & {
	/** From coarse to fine; none: `data` is all that there is. */
	readonly levels?: readonly PackedLevel[];
};

/** What a button with `data-zoom` does to the span of all figures over time. */
export type ZoomMove = 'in' | 'out' | 'earlier' | 'later' | 'reset';

/** What a button with `data-save` saves a figure as. */
export type SavedAs = 'svg' | 'png';
