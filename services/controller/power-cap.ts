import * as z from 'zod';

/** Caps the power of every GPU while a signal is above or below a threshold. */
export const CapRule = z
	.strictObject({
		/** carbon, marginal: intensities of the grid, g/kWh. soc: stored share of all batteries' capacity, 0..1. */
		signal: z.enum(['carbon', 'marginal', 'soc']),
		/** Active while the signal is above this. */
		above: z.number().optional(),
		/** Active while the signal is below this. */
		below: z.number().optional(),
		capWPerGpu: z.number().positive({ error: 'a power cap is above 0 W' }),
		/** How far back past the threshold the signal has to go before the rule lets go; none: 0. */
		hysteresis: z.number().nonnegative({ error: 'a hysteresis is at least 0' }).optional(),
	})
	.refine((rule) => (rule.above === undefined) !== (rule.below === undefined), {
		error: 'a cap rule has either "above" or "below"',
	});
export type CapRule = z.infer<typeof CapRule>;

export const PowerCap = z.strictObject({ rules: z.array(CapRule).min(1) });
export type PowerCap = z.infer<typeof PowerCap>;

/** Whether a rule is active now, given whether it was before. */
function isActive(rule: CapRule, wasActive: boolean, value: number): boolean {
	const slack = wasActive ? (rule.hysteresis ?? 0) : 0;
	if (rule.above !== undefined) return value > rule.above - slack;
	return value < (rule.below as number) + slack;
}

/** What cap rules look at. */
export interface CapSignals {
	/** g/kWh */
	carbon: number;
	marginal: number;
	/** 0..1 */
	soc: number;
}

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
