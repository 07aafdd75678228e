import { ConfigError } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import type { ActorKind } from './contract.ts';

/**
 * The configuration of an actor, checked by the schema of its kind.
 *
 * @throws ConfigError naming the actor, the place in its configuration and what would do
 */
export function parseConfig<Config>(
	kind: Pick<ActorKind<Config>, 'config'>,
	name: string,
	config: unknown,
): Config {
	const parsed = kind.config.safeParse(config, PLAINLY);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	throw new ConfigError(
		`Cannot configure "${name}" at "${issue?.path.join('.')}": ${issue?.message}`,
	);
}
