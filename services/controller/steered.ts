import type { Command, ControlSpec, TakesCommands } from '../../protocol/commands.ts';
import { type GridEvent, withEvent } from '../../protocol/grid-events.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { ControllerConfig } from './config.ts';
import type { StrategyConfig } from './strategy.ts';

/** What was said to a controller in the course of the run. Plain data; null: what its configuration says holds. */
export interface Steered {
	/** Of each GPU, W, instead of what cap rules say. */
	capW: number | null;
	/** Into every battery, W. */
	chargePowerW: number | null;
	/** Whether it leaves the grid alone. */
	island: boolean | null;
	/** Figures of its policy by key. */
	policy: Record<string, number>;
	/** Events of the grid that it knows of and that are not over, in the order in which they came. */
	events: GridEvent[];
}

/** @param events that the configuration has */
export function notSteered(events: readonly GridEvent[]): Steered {
	const own = events.map((event) => ({ ...event }));
	return { capW: null, chargePowerW: null, island: null, policy: {}, events: own };
}

const POWER_MAX_W = 1e12;

/** Figures of policies that can be changed; all are numbers, or null where the policy can do without. */
const POLICY_CONTROLS: Readonly<Partial<Record<StrategyConfig['type'], readonly ControlSpec[]>>> = {
	threshold: [
		number('chargeBelow', '', 'Batteries are charged from the grid while the signal is below this'),
		number('dischargeAbove', '', 'Batteries serve the deficit while the signal is above this'),
	],
	'peak-shaving': [
		number('peakW', 'W', 'Batteries keep the import below this', 0),
		number('rechargeBelowW', 'W', 'Batteries are charged from the grid up to this import', 0),
	],
};

function number(key: string, unit: string, meaning: string, min = -POWER_MAX_W): ControlSpec {
	return { key, unit, takes: { type: 'number', min, max: POWER_MAX_W }, meaning };
}

/** What a controller follows. */
export function controllerTakes(config: ControllerConfig): TakesCommands {
	const { policy, batteries, shedding, capsReplicas, strategy } = config;
	const hasGrid = policy.mode === 'grid-connected';
	return {
		controls: [
			...(capsReplicas === true
				? [number('capW', 'W', 'The most that each GPU may draw, instead of the cap rules', 1)]
				: []),
			...(hasGrid && batteries.length > 0
				? [
						number(
							'chargePowerW',
							'W',
							'Forced into every battery, negative: out of it; 0: nothing',
						),
					]
				: []),
			// Without shedding a deficit off the grid would end the run.
			...(hasGrid && shedding !== null
				? [
						{
							...{ key: 'island', unit: '', takes: { type: 'boolean' } as const },
							meaning: 'The site leaves the grid alone',
						},
					]
				: []),
			...((hasGrid && strategy !== null && POLICY_CONTROLS[strategy.type]) || []),
		],
		...(hasGrid ? { gridEvents: true } : {}),
	};
}

/** Lets a command act from `atUs` on. */
export function steer(steered: Steered, atUs: SimTime, command: Command): void {
	if (command.type === 'grid-event') steered.events = withEvent(steered.events, atUs, command);
	if (command.type !== 'set') return;
	const { key, value } = command;
	const figure = typeof value === 'number' ? value : null;
	if (key === 'capW' || key === 'chargePowerW') steered[key] = figure;
	else if (key === 'island') steered.island = typeof value === 'boolean' ? value : null;
	else if (figure === null) delete steered.policy[key];
	else steered.policy[key] = figure;
}
