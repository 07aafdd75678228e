import * as z from 'zod';
import { ConfigError } from '../errors.ts';
import { PLAINLY } from '../plain-issue.ts';

/**
 * A rule of the power cap: the key `cap` of a scenario, what the controller keeps to and what the report draws. It caps
 * the power of every GPU while a signal is above or below a threshold.
 */
export const CapRule = z
	.strictObject({
		signal: z
			.enum(['carbon', 'marginal', 'soc', 'event'])
			.describe(
				'What is compared: `carbon`, `marginalCarbon`, the state of charge, or 1 while the grid asks for demand response and else 0',
			),
		above: z.number().optional().describe('Active above this: g/kWh, or a fraction'),
		below: z.number().optional().describe('Active below this'),
		capWPerGpu: z
			.number()
			.positive({ error: 'must be above 0 W' })
			.describe('Power cap of each GPU while active, W'),
		hysteresis: z
			.number()
			.nonnegative({ error: 'must be at least 0' })
			.optional()
			.describe('Stays active until this far back'),
	})
	.refine((rule) => (rule.above === undefined) !== (rule.below === undefined), {
		error: 'needs either "above" or "below"',
	});
export type CapRule = z.infer<typeof CapRule>;
export type CapSignal = CapRule['signal'];

/** What each signal is in words, and its unit as it stands behind a number. */
const SIGNALS: Readonly<Record<CapSignal, readonly [name: string, unit: string]>> = {
	carbon: ['carbon intensity', ' g/kWh'],
	marginal: ['marginal carbon intensity', ' g/kWh'],
	soc: ['state of charge', ''],
	event: ['demand response', ''],
};

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
const TEXT = new RegExp(
	`^(${CapRule.shape.signal.options.join('|')})([<>])(${NUMBER}):(${NUMBER})(?::(${NUMBER}))?$`,
);

/**
 * A rule as flags have it, `SIGNAL>THRESHOLD:WATTS` or `SIGNAL<THRESHOLD:WATTS`, with `:HYSTERESIS` behind it if it has
 * one: `carbon>300:250` caps each GPU at 250 W while the carbon intensity is above 300 g/kWh, `marginal>300:250:20` lets
 * go at 280 g/kWh, `soc<0.4:200` caps while less than 0.4 of the batteries' capacity is stored.
 *
 * @throws ConfigError naming `what`, the text and what would do
 */
export function parseCapRule(text: string, what: string): CapRule {
	const match = TEXT.exec(text.replaceAll(/\s/g, ''));
	if (match === null) {
		throw new ConfigError(
			`Cannot use ${what} "${text}": give none, or a rule such as carbon>300:250 or soc<0.4:200 (watts per GPU)` +
				`, on ${CapRule.shape.signal.options.join(', ')}, with :HYSTERESIS behind it if it is to hold on`,
		);
	}
	const [, signal, sign, threshold, watts, hysteresis] = match;
	const rule = CapRule.safeParse(
		{
			signal,
			[sign === '>' ? 'above' : 'below']: Number(threshold),
			capWPerGpu: Number(watts),
			...(hysteresis === undefined ? {} : { hysteresis: Number(hysteresis) }),
		},
		PLAINLY,
	);
	if (rule.success) return rule.data;
	const [issue] = rule.error.issues;
	throw new ConfigError(
		`Cannot use ${what} "${text}": ${issue?.path.join('.')} ${issue?.message}`.trimEnd(),
	);
}

/** The rule as `parseCapRule` reads it. */
export function printCapRule({ signal, above, below, capWPerGpu, hysteresis }: CapRule): string {
	const side = above === undefined ? `<${below}` : `>${above}`;
	return `${signal}${side}:${capWPerGpu}${hysteresis === undefined ? '' : `:${hysteresis}`}`;
}

/** When the rule holds, such as `above 300 g/kWh`; the name of its signal stands apart. */
export function capThreshold({ signal, above, below }: CapRule): string {
	return `${above === undefined ? `below ${below}` : `above ${above}`}${SIGNALS[signal][1]}`;
}

/** The rule in a line, for people. */
export function capText(rule: CapRule): string {
	const { signal, capWPerGpu, hysteresis = 0 } = rule;
	const [name, unit] = SIGNALS[signal];
	const slack = hysteresis === 0 ? '' : `, with a hysteresis of ${hysteresis}${unit}`;
	return `cap of ${capWPerGpu} W per GPU while ${name} is ${capThreshold(rule)}${slack}`;
}
