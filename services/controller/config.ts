import * as z from 'zod';
import { Name } from '../../protocol/readings.ts';
import { DispatchPolicy } from './dispatch-policy.ts';
import { PowerCap } from './power-cap.ts';

function areUnique(list: readonly { name: string }[]): boolean {
	return new Set(list.map((entry) => entry.name)).size === list.length;
}
const NOT_UNIQUE = { error: 'two entries have the same name; names are columns of the books' };

const Shape = z.strictObject({
	/** Equal to the step of the batteries: the ranges they announce are for this duration. */
	stepUs: z.int().positive({ error: 'a step is at least 1 us' }),
	policy: DispatchPolicy,
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
			}),
		)
		.refine(areUnique, NOT_UNIQUE),
	/** Grid signals that the books log. */
	signals: z
		.array(z.strictObject({ name: Name, unit: z.enum(['g/kWh', 'USD/kWh']) }))
		.refine(areUnique, NOT_UNIQUE),
	/** The one of `signals` that cap rules mean by 'carbon'. */
	carbonSignal: Name.nullable(),
});
type Shape = z.infer<typeof Shape>;

function hasRule(config: Shape, signal: 'carbon' | 'soc'): boolean {
	return config.cap?.rules.some((rule) => rule.signal === signal) ?? false;
}

/** Configuration of an actor of kind 'controller'. */
export const ControllerConfig = Shape.refine(
	({ carbonSignal, signals }) =>
		carbonSignal === null ||
		signals.some(({ name, unit }) => name === carbonSignal && unit === 'g/kWh'),
	{ error: 'the carbon signal is not one of the signals in g/kWh', path: ['carbonSignal'] },
)
	.refine((config) => config.carbonSignal !== null || !hasRule(config, 'carbon'), {
		error: 'a cap rule on carbon needs a carbon signal; add one or drop the rule',
		path: ['cap', 'rules'],
	})
	.refine((config) => config.batteries.length > 0 || !hasRule(config, 'soc'), {
		error: 'a cap rule on soc needs a battery; add one or drop the rule',
		path: ['cap', 'rules'],
	});
export type ControllerConfig = z.infer<typeof ControllerConfig>;
