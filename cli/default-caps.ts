import { readScenario } from '../run/resolve/scenario-file.ts';

/**
 * Whoever says another carbon signal, or none, did not write the default scenario's cap on it, and need not know of it: its
 * threshold is of the default's signal, so it goes with that, with the word that is returned; null: nothing went.
 */
export function dropDefaultCarbonCaps(overrides: Map<string, unknown>): string | null {
	if (!overrides.has('carbon') || overrides.has('cap')) return null;
	const { cap } = readScenario(null, new Map());
	const kept = cap.filter(({ signal }) => signal !== 'carbon');
	if (kept.length === cap.length) return null;
	overrides.set('cap', kept);
	return overrides.get('carbon') === null
		? "Without a carbon signal the default scenario's power cap on carbon is left out"
		: "With a carbon signal of yours the default scenario's power cap on carbon is left out; give one with --cap";
}
