import { ConfigError } from '../../protocol/errors.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';

/**
 * Refuses a scenario that brings code: whoever reaches the server of somebody else, on a machine that both use, would have it
 * run as that one.
 *
 * @throws ConfigError naming the module
 */
export function refuseCode(scenario: Scenario): void {
	const module = moduleIn(scenario);
	if (module !== null)
		throw new ConfigError(
			`Cannot start a run with the code "${module}": this server asks for no token; set GRIDBEAT_TOKEN where it is started`,
		);
}

/** The first module that a scenario names: an actor, a part or a signal of the user’s own, or a policy. */
function moduleIn(node: unknown): string | null {
	if (typeof node !== 'object' || node === null) return null;
	const { module, type, path } = node as Readonly<Record<string, unknown>>;
	if (typeof module === 'string') return module;
	if (type === 'plugin' && typeof path === 'string') return path;
	for (const member of Object.values(node)) {
		const found = moduleIn(member);
		if (found !== null) return found;
	}
	return null;
}
