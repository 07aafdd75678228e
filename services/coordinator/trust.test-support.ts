import { joinSecret, makeRunKey } from '../../kernel/bus/keys.ts';
import type { RunTrust } from './run-plan.ts';

/** The keys of a run in a test: without a join key, and on a bus that nobody else uses. */
export function testTrust(changed: Partial<RunTrust> = {}): RunTrust {
	return {
		...{ runKey: makeRunKey(), joinSecret: joinSecret(null), hasJoinKey: false, isSealed: false },
		program: { name: 'gridbeat', version: 'test' },
		...changed,
	};
}
