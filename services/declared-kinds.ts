import type * as z from 'zod';
import type { KindDeclaration } from './declaration.ts';
import { solarDeclaration } from './solar/declaration.ts';
import { windDeclaration } from './wind/declaration.ts';

const KINDS = [solarDeclaration, windDeclaration] as const;

/** Kinds that declare themselves, in the order in which scenarios, books and reports list them. */
export const DECLARED_KINDS: readonly KindDeclaration[] = KINDS;

/** Their lists in a scenario as people write them. */
export type SectionsInput = {
	readonly [Kind in (typeof KINDS)[number] as Kind['section']['key']]?: readonly z.input<
		Kind['section']['schema']
	>[];
};

/** The same as they are after the schema has read them. */
export type Sections = {
	readonly [Kind in (typeof KINDS)[number] as Kind['section']['key']]: z.output<
		Kind['section']['schema']
	>[];
};

/** As people list things: `sun`, `sun and wind`, `sun, wind and tide`. */
export function listed(words: readonly string[], conjunction: 'and' | 'or' = 'and'): string {
	const last = words.at(-1) ?? '';
	return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}

/** What renewable power is made of. */
export const RENEWABLES = listed(DECLARED_KINDS.map(({ shown }) => shown.noun));
