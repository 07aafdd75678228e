import type { Frame } from './plan.ts';

/** Actors that every site has one of. */
export interface SiteNames {
	/** The carbon actor and, under the name that Vessim's users look for, its column. */
	readonly carbon: string;
	readonly marginal: string;
	readonly price: string;
	/** What exports earn. */
	readonly exports: string;
	readonly grid: string;
	readonly controller: string;
	readonly recorder: string;
	readonly air: string;
}

/** Names of the actors of a site, with its prefix where there are several. */
export function siteNames({ prefix }: Frame): SiteNames {
	return {
		carbon: `${prefix}carbon`,
		marginal: `${prefix}marginal`,
		price: `${prefix}price`,
		exports: `${prefix}exports`,
		grid: `${prefix}grid`,
		controller: `${prefix}controller`,
		recorder: `${prefix}recorder`,
		air: `${prefix}air`,
	};
}

/**
 * The prefix of the site whose an actor is, by its name: of prefixes that begin with each other the longest. Undefined for an actor
 * of the whole run.
 */
export function prefixOf(
	actor: string,
	sites: readonly { readonly frame: Frame }[],
): string | undefined {
	return sites
		.map(({ frame }) => frame.prefix)
		.filter((prefix) => actor.startsWith(prefix))
		.sort((a, b) => b.length - a.length)[0];
}
