import * as z from 'zod';
import { GridEvent } from '../../protocol/grid-events.ts';
import { SignalUnit } from '../../protocol/ports.ts';
import { Name } from '../../protocol/readings.ts';
import type { CapSignal } from '../../protocol/scenario/caps.ts';
import { DispatchPolicy } from './dispatch-policy.ts';
import { GeneratorRule } from './generators.ts';
import { PowerCap } from './power-cap.ts';
import { Shedding } from './shedding.ts';
import { StrategyConfig } from './strategy.ts';

function areUnique(list: readonly { name: string }[]): boolean {
	return new Set(list.map((entry) => entry.name)).size === list.length;
}
const NOT_UNIQUE = { error: 'two entries have the same name; names are columns of the books' };

const Shape = z.strictObject({
	/** Equal to the step of the batteries: the ranges they announce are for this duration. */
	stepUs: z.int().positive({ error: 'a step is at least 1 us' }),
	policy: DispatchPolicy,
	/** What decides instead of the default policy while there is a grid; null: nothing. */
	strategy: StrategyConfig.nullable(),
	/** What a deficit without a grid sheds; null: it ends the run. */
	shedding: Shedding.nullable(),
	/** Time 0 and the time zone, for policies that look at the clock. */
	clock: z.strictObject({ startEpochMs: z.int(), timezone: z.string().min(1) }),
	/** Whether an actor reports whether the grid is there and what may flow. */
	hasGridSignal: z.boolean(),
	cap: PowerCap.nullable(),
	/** Actors whose power enters the balance, in the order in which it is added up. */
	members: z
		.array(z.strictObject({ name: Name }))
		.min(1, { error: 'a microgrid has at least one member' })
		.refine(areUnique, NOT_UNIQUE),
	/** In merit order. The capacity weighs the states of charge that cap rules look at. */
	batteries: z
		.array(
			z.strictObject({
				name: Name,
				capacityWh: z.number().positive({ error: 'a battery capacity is above 0 Wh' }),
				/** Its capacity falls during the run. */
				fades: z.boolean().optional(),
			}),
		)
		.refine(areUnique, NOT_UNIQUE),
	/** In merit order. */
	generators: z.array(GeneratorRule).refine(areUnique, NOT_UNIQUE),
	/** Grid signals that the books log. */
	signals: z.array(z.strictObject({ name: Name, unit: SignalUnit })).refine(areUnique, NOT_UNIQUE),
	/** The one of `signals` that cap rules mean by 'carbon'. */
	carbonSignal: Name.nullable(),
	/** The one of `signals` that is marginal beside an average one, if there is one. */
	marginalSignal: Name.nullable(),
	/** The one of `signals` that says what exports earn; left out: none. `price` is another one. */
	exportSignal: Name.optional(),
	/** How far the power of the grid may rise and fall from one step to the next, W; null: no limit. Left out: neither has one. */
	ramps: z
		.strictObject({
			upW: z.number().nonnegative().nullable(),
			downW: z.number().nonnegative().nullable(),
		})
		.optional(),
	/** What may flow into the grid; left out: all. */
	exports: z
		.strictObject({
			batteriesExport: z.boolean(),
			/** Nothing is fed in while exports earn less; null: never looked at. */
			curtailBelowUsdPerKwh: z.number().nullable(),
		})
		.optional(),
	/** Those of `signals` whose next hours are reported as expected, and how many hours; null: none. */
	forecast: z
		.strictObject({ hours: z.int().min(1).max(168), signals: z.array(Name).min(1) })
		.nullable(),
	/** Whether somebody elsewhere wants to know what flows: the port `supply`. */
	tellsSupply: z.boolean().optional(),
	/** Whether its cap reaches replicas; left out: none. */
	capsReplicas: z.boolean().optional(),
	/** What is known of the grid's events before the run, and whether they are responded to; left out: nothing, and they are. */
	gridEvents: z.strictObject({ known: z.array(GridEvent), isRespondedTo: z.boolean() }).optional(),
});
type Shape = z.infer<typeof Shape>;

function hasRule(config: Shape, signal: CapSignal): boolean {
	return config.cap?.rules.some((rule) => rule.signal === signal) ?? false;
}

/** The signal that the policy cannot do without, in words; null: it needs none. */
function missingSignal(config: Shape): string | null {
	const { strategy, signals, carbonSignal, marginalSignal, exportSignal, generators } = config;
	const hasPrice = signals.some(({ name, unit }) => unit === 'USD/kWh' && name !== exportSignal);
	const wantsPrice =
		((strategy?.type === 'threshold' || strategy?.type === 'forecast') &&
			strategy.signal === 'price') ||
		generators.some((rule) => rule.startAboveUsdPerKwh !== null);
	if (wantsPrice && !hasPrice) return 'a price';
	const followed =
		strategy?.type === 'threshold' || strategy?.type === 'forecast' ? strategy.signal : null;
	if (followed === 'marginal' && marginalSignal === null) return 'marginalCarbon';
	return followed === 'carbon' && carbonSignal === null ? 'a carbon signal' : null;
}

/** Configuration of an actor of kind 'controller'. */
export const ControllerConfig = Shape.refine(
	({ carbonSignal, marginalSignal, signals }) =>
		[carbonSignal, marginalSignal].every(
			(wanted) =>
				wanted === null || signals.some(({ name, unit }) => name === wanted && unit === 'g/kWh'),
		),
	{ error: 'the carbon signal is not one of the signals in g/kWh', path: ['carbonSignal'] },
)
	.refine((config) => config.marginalSignal !== null || !hasRule(config, 'marginal'), {
		error:
			'a cap rule on marginal needs marginalCarbon; add it, or drop the rule (--cap none drops all)',
		path: ['cap', 'rules'],
	})
	.refine((config) => config.carbonSignal !== null || !hasRule(config, 'carbon'), {
		error:
			'a cap rule on carbon needs a carbon signal; add one, or drop the rule (--cap none drops all)',
		path: ['cap', 'rules'],
	})
	.refine((config) => config.batteries.length > 0 || !hasRule(config, 'soc'), {
		error: 'a cap rule on soc needs a battery; add one, or drop the rule (--cap none drops all)',
		path: ['cap', 'rules'],
	})
	.refine((config) => missingSignal(config) === null, {
		error: (issue) => `this policy needs ${missingSignal(issue.input as Shape)}; add one`,
		path: ['strategy'],
	})
	.refine(({ strategy, forecast }) => strategy?.type !== 'forecast' || forecast !== null, {
		error: 'this policy needs a forecast; add one',
		path: ['forecast'],
	})
	.refine(
		({ shedding, members }) =>
			shedding === null ||
			shedding.order.every(
				(entry) => entry.type === 'replicas' || members.some(({ name }) => name === entry.name),
			),
		{
			error: 'what is shed is not among the members; give the name of a load',
			path: ['shedding', 'order'],
		},
	);
export type ControllerConfig = z.infer<typeof ControllerConfig>;
