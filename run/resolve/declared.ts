import { entriesOf } from '../../protocol/scenario/section.ts';
import type { KindDeclaration } from '../../services/declaration.ts';
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

/** The kinds of which a scenario has any, each with all of its entries. */
export function kindsIn(scenario: object) {
	return DECLARED_KINDS.flatMap((declaration) => {
		const items = entriesOf(scenario, declaration.section);
		return items.length === 0 ? [] : [{ declaration, items }];
	});
}
