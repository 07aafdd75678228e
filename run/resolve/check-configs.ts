import { parseConfig } from '../../kernel/actor/parse-config.ts';
import type { RosterEntry } from '../../protocol/messages.ts';
import { findKind, KIND_NAMES } from '../../services/kinds.ts';

/**
 * Checks the configuration of every actor as the process that will run it does, so that what a run would refuse
 * is refused before any process is started, and by `gridbeat validate` too. Equal configurations of a kind
 * are checked once.
 *
 * @throws ConfigError naming the actor, the place in its configuration and what would do
 */
export async function checkConfigs(
	actors: readonly Omit<RosterEntry, 'host'>[],
	kinds: ReadonlySet<string> | null = null,
): Promise<void> {
	const checked = new Set<string>();
	for (const { name, kind, config } of actors) {
		if (kinds !== null && !kinds.has(kind)) continue;
		// Others' programs check theirs.
		if (!KIND_NAMES.includes(kind)) continue;
		const same = `${kind} ${JSON.stringify(config)}`;
		if (checked.has(same)) continue;
		checked.add(same);
		parseConfig(await findKind(kind), name, config);
	}
}
