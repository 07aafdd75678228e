import type { ActorEnv, ActorKind, TimeActor } from '../../kernel/actor/contract.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { HOUR_US, type SimTime } from '../../protocol/time.ts';
import { resolveCarbon } from '../../run/resolve/carbon-source.ts';
import { outdoorFeed } from '../../run/resolve/member-feeds.ts';
import type { Frame } from '../../run/resolve/plan.ts';
import { resolvePrice } from '../../run/resolve/price-source.ts';
import { carbonConfig, priceConfig } from '../../run/resolve/signal-cast.ts';
import { airConfig, ownOutdoor } from '../../run/resolve/site-cast.ts';
import { carbonKind, priceKind } from '../../services/carbon/kind.ts';
import { type Pue, pueAt } from '../../services/replica/pue.ts';
import { airKind } from '../../services/solar/air-kind.ts';

/** A signal's mean over the scenario's time, and where it comes from. */
export interface MeanSignal {
	readonly mean: number;
	readonly describe: string;
}

/** The mean carbon intensity in g/kWh; null without a carbon signal. Feeds are asked. */
export async function meanCarbon(scenario: Scenario, frame: Frame): Promise<MeanSignal | null> {
	const carbon = await resolveCarbon(scenario.carbon, frame, Date.now());
	if (carbon === null) return null;
	if (carbon.source.type === 'module') throw noMean('carbon');
	if (carbon.source.type === 'feed') throw noMean('carbon', 'a live feed gives it');
	const mean = await meanOf(
		carbonKind,
		carbonConfig(carbon.source, hourly(frame), null),
		frame.untilUs,
	);
	return { mean, describe: carbon.origin.source };
}

/** The mean price in USD/kWh; null without a price. */
export async function meanPrice(scenario: Scenario, frame: Frame): Promise<MeanSignal | null> {
	const price = await resolvePrice(scenario.price, frame);
	if (price === null) return null;
	if (price.source.type === 'module') throw noMean('price');
	if (price.source.type === 'feed') throw noMean('price', 'a live feed gives it');
	const mean = await meanOf(
		priceKind,
		priceConfig(price.source, hourly(frame), null),
		frame.untilUs,
	);
	return { mean, describe: price.describe ?? 'from the scenario' };
}

/** The mean of the PUE over the scenario's time. */
export async function meanPue(scenario: Scenario, frame: Frame, pue: Pue): Promise<number> {
	if (typeof pue === 'number') return pue;
	if (ownOutdoor(scenario) !== null) throw noMean('serving.pue.outdoor');
	if (outdoorFeed(scenario) !== null)
		throw noMean('serving.pue', 'a live feed gives its temperature');
	const config = airConfig(scenario, hourly(frame), new Map());
	return meanOf(airKind, config, frame.untilUs, (outdoorC) => pueAt(pue, outdoorC));
}

/** Values that come to be in a run. */
function noMean(key: string, why = 'a module reports it'): ConfigError {
	return new ConfigError(
		`Cannot take the mean of "${key}": ${why}, step by step of a run; give a file or a constant`,
	);
}

/** Each step's value is its mean, so that they need not be short. */
function hourly(frame: Frame): Frame {
	return { ...frame, stepUs: Math.min(HOUR_US, frame.untilUs) };
}

const NO_ENV: ActorEnv = {
	name: 'signal',
	random() {
		throw new Error('a signal draws no random numbers');
	},
	announce() {},
};

async function meanOf<Config extends { readonly stepUs: SimTime }>(
	kind: ActorKind<Config>,
	config: Config,
	untilUs: SimTime,
	figureOf: (value: number) => number = (value) => value,
): Promise<number> {
	const actor = (await kind.create(config, NO_ENV)) as TimeActor<unknown>;
	let sum = 0;
	let steps = 0;
	let state = actor.init();
	for (let fromUs = 0; fromUs < untilUs; fromUs += config.stepUs) {
		// The time may end within the last step.
		const endUs = Math.min(untilUs, fromUs + config.stepUs);
		const share = (endUs - fromUs) / config.stepUs;
		const port = {
			append(_timeUs: SimTime, values: ArrayLike<number>) {
				sum += share * figureOf(values[0] as number);
				steps += share;
			},
		};
		state = actor.step(state, { fromUs, untilUs: endUs }, [], [port]);
	}
	return sum / steps;
}
