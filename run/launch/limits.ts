import { ConfigError } from '../../protocol/errors.ts';
import type { Keeping } from '../../services/coordinator/checkpoint-interval.ts';
import { type CoordinatorLimits, DEFAULT_LIMITS } from '../../services/coordinator/run-plan.ts';

/** The usual limits, or those that follow from GRIDBEAT_WAIT_LIMIT_MS (tests, very slow machines). */
export function limitsFromEnv(): CoordinatorLimits {
	const keeping = keepingFromEnv();
	const text = process.env['GRIDBEAT_WAIT_LIMIT_MS'];
	if (text === undefined || text === '') return { ...DEFAULT_LIMITS, keeping };
	const waitLimitMs = Number(text);
	if (!(waitLimitMs >= 1)) {
		throw new ConfigError(
			`Cannot use GRIDBEAT_WAIT_LIMIT_MS "${text}": give milliseconds, such as 5000`,
		);
	}
	const pollMs = Math.min(DEFAULT_LIMITS.pollMs, Math.ceil(waitLimitMs / 5));
	return { waitLimitMs, pollMs, keeping };
}

/** How often checkpoints are kept: as they cost, or as GRIDBEAT_CHECKPOINT_MS says. */
function keepingFromEnv(): Keeping {
	const text = process.env['GRIDBEAT_CHECKPOINT_MS'];
	if (text === undefined || text === '' || text === 'auto') return 'auto';
	if (text === 'never') return 'never';
	const everyMs = Number(text);
	if (everyMs >= 0) return { everyMs };
	throw new ConfigError(
		`Cannot use GRIDBEAT_CHECKPOINT_MS "${text}": give milliseconds such as 5000, or auto, or never`,
	);
}
