import { readScenario } from '../run/resolve/scenario-file.ts';
import { say } from './say.ts';

/**
 * Whoever wants no carbon signal did not write the default scenario's cap on it, and need not know of it: it goes
 * with the signal, with a word.
 */
export function dropDefaultCarbonCaps(overrides: Map<string, unknown>): void {
	if (overrides.get('carbon') !== null || overrides.has('cap')) return;
	const { cap } = readScenario(null, new Map());
	const kept = cap.filter(({ signal }) => signal !== 'carbon');
	if (kept.length === cap.length) return;
	overrides.set('cap', kept);
	say("Without a carbon signal the default scenario's power cap on carbon is left out");
}
