import * as z from 'zod';
import { CapRule, type CapSignal } from '../../protocol/scenario/caps.ts';

export const PowerCap = z.strictObject({ rules: z.array(CapRule).min(1) });
export type PowerCap = z.infer<typeof PowerCap>;

/** Whether a rule is active now, given whether it was before. */
function isActive(rule: CapRule, wasActive: boolean, value: number): boolean {
	const slack = wasActive ? (rule.hysteresis ?? 0) : 0;
	if (rule.above !== undefined) return value > rule.above - slack;
	return value < (rule.below as number) + slack;
}

/** What cap rules compare: intensities of the grid, g/kWh, and the stored share of all batteries' capacity, 0 to 1. */
export type CapSignals = Record<CapSignal, number>;

/**
 * The cap for the next step, W per GPU: the strictest of the active rules, Infinity if none is active.
 *
 * @param active which rules were active in the step before; overwritten with those active now
 */
export function powerCapW(
	rules: readonly CapRule[],
	active: boolean[],
	signals: Readonly<CapSignals>,
): number {
	let capW = Number.POSITIVE_INFINITY;
	for (let i = 0; i < rules.length; i++) {
		const rule = rules[i] as CapRule;
		const value = signals[rule.signal];
		const now = isActive(rule, active[i] as boolean, value);
		active[i] = now;
		if (now && rule.capWPerGpu < capW) capW = rule.capWPerGpu;
	}
	return capW;
}
