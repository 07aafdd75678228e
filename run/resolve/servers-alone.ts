import type { Json } from '../../kernel/files/canonical.ts';
import { DECLARED_KINDS } from '../../services/declared-kinds.ts';

/** Sections of a scenario whose site has servers and nothing else: no plants, no batteries, and a grid without emissions. */
export function serversAlone(): Record<string, Json> {
	return {
		...Object.fromEntries(DECLARED_KINDS.map(({ section }) => [section.key, []])),
		batteries: [],
		carbon: { source: 'constant', valueGPerKwh: 0 },
	};
}
