import * as z from 'zod';

/** A list in scenarios and sites that a kind of actor declares for itself, one entry an actor. */
export interface Section<Item extends { readonly name: string } = { readonly name: string }> {
	readonly key: string;
	/** Of one entry. */
	readonly schema: z.ZodType<Item>;
	/** What the list is, for docs/scenario.md. */
	readonly about: string;
	/** The list where a scenario has none. */
	readonly byDefault: readonly object[];
}

/** The lists of all sections, as keys for an object's schema; their types are known to their kinds alone. */
export function listOf(
	sections: readonly Section[],
	complete: (list: z.ZodArray<z.ZodType>, section: Section) => z.ZodType,
): Record<never, never> {
	return Object.fromEntries(
		sections.map((section) => [
			section.key,
			complete(z.array(section.schema), section).describe(section.about),
		]),
	);
}

/** The entries of a section in a scenario that its schema has parsed. */
export function entriesOf<Item extends { readonly name: string }>(
	scenario: object,
	{ key }: Section<Item>,
): readonly Item[] {
	return (scenario as Readonly<Record<string, readonly Item[] | undefined>>)[key] ?? [];
}
