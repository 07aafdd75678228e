import { entriesOf } from '../../protocol/scenario/section.ts';
import type { KindDeclaration, KindFrame } from '../../services/declaration.ts';
import { DECLARED_KINDS } from '../../services/declared-kinds.ts';

/** One actor that a scenario has in the section of its kind. */
interface Declared {
	readonly declaration: KindDeclaration;
	readonly item: { readonly name: string };
}

/** All of them, kind by kind, in the order of the scenario. */
export function declaredIn(scenario: object): readonly Declared[] {
	return DECLARED_KINDS.flatMap((declaration) =>
		entriesOf(scenario, declaration.section).map((item) => ({ declaration, item })),
	);
}

/** The kinds that are shown of a scenario, each with all of its entries: those that it has, and the usual ones. */
export function shownIn(scenario: object) {
	return DECLARED_KINDS.map((declaration) => ({
		declaration,
		items: entriesOf(scenario, declaration.section),
	})).filter(({ declaration, items }) => items.length > 0 || declaration.isUsual === true);
}

/** The kinds of which a scenario has any, each with all of its entries. */
export function kindsIn(scenario: object) {
	return shownIn(scenario).filter(({ items }) => items.length > 0);
}

/** The weather file of the first actor that reads one; null: none does. */
export function weatherIn(scenario: object, frame: KindFrame) {
	const [first] = declaredIn(scenario).flatMap(
		({ declaration, item }) => declaration.weather(item, frame) ?? [],
	);
	return first ?? null;
}
