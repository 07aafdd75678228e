/** What a word on where a figure is from means; the report explains those that a run has. */
export const ORIGIN_LABELS = {
	measured: 'read off the hardware itself',
	fitted: 'a curve or table made from measurements, with its error',
	published: 'a formula or figure of the source named',
	cited: 'a figure of the source named',
	extrapolated: 'scaled from measurements of something else',
	approximate: 'plausible, not measured',
	modelled: 'a formula',
	synthetic: 'drawn from a distribution that was measured nowhere',
	given: 'your own file or figure',
	fetched: 'asked of a service before the run',
	live: 'asked of a service while the run goes on',
} as const;
export type OriginLabel = keyof typeof ORIGIN_LABELS;

/** Where a figure is from. Whatever has figures says it of itself: it knows what it was made of. */
export interface Origin {
	readonly label: OriginLabel;
	readonly source: string;
}

/** Of what a user's file, key or flag says. */
export function given(source: string): Origin {
	return { label: 'given', source };
}

/**
 * Of what comes of a feed while the run goes on.
 *
 * @param what such as `irradiance`
 * @param isPast all that it gave for the run is known before
 */
export function live(what: string, { type }: { readonly type: string }, isPast = false): Origin {
	return isPast
		? { label: 'fetched', source: `${what} of a feed (${type}), from the cache` }
		: { label: 'live', source: `${what} of a live feed (${type})` };
}
