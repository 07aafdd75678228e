import * as z from 'zod';
import { hourOf, isWeekend, makeLocalClock, wallMs } from '../../feeds/signal/local-clock.ts';
import { given } from '../../protocol/scenario/given.ts';
import { arbitrageKeys, DayWindow as ScenarioWindow } from '../../protocol/scenario/policy.ts';
import { GridSignal } from '../../protocol/signals.ts';
import { dispatch, emptyDispatch, type FeasibleRanges } from './dispatch-policy.ts';
import type { EventView } from './event-view.ts';

/** What a policy sees of one step. The ranges are those that the batteries announced for it. */
export interface PolicyView extends FeasibleRanges {
	readonly timeUs: number;
	readonly stepUs: number;
	/** Surplus (+) or deficit (-) of all members and generators, W. */
	readonly deltaW: number;
	/** g/kWh (`marginal`: beside an average `carbon`) and USD/kWh; NaN without such a signal. */
	readonly carbon: number;
	readonly marginal: number;
	readonly price: number;
	/** What exports earn, USD/kWh; NaN where nothing says it. */
	readonly exportPay: number;
	/**
	 * What is expected of a signal in each hour of the clock from the running one on, as known now; NaN for hours of
	 * which nothing is. null: the signal, or all of them, are not reported.
	 */
	readonly forecast:
		| {
				readonly [Signal in GridSignal]: Float64Array | null;
		  }
		| null;
	/** What events of the grid say of the step, and those that are announced. */
	readonly events: EventView;
	/** State of charge of each battery before the step, in merit order. */
	readonly soc: ArrayLike<number>;
	readonly capacityWh: ArrayLike<number>;
}

/** What a policy remembers from step to step; plain data, changed in place. */
export interface PolicyMemory {
	isCharging: boolean;
	isDischarging: boolean;
	/** JSON of what a plug-in remembers. */
	plugin: string;
}

/** Writes one setpoint a battery (W, charging positive), each within its range. */
export type Strategy = (view: PolicyView, memory: PolicyMemory, setpointsW: number[]) => void;

const MINUTES_PER_DAY = 24 * 60;
const DayWindow = z.strictObject({
	/** Minutes of the local day; `until` at or before `from` is on the next day. */
	fromMin: z.int().min(0).max(MINUTES_PER_DAY),
	untilMin: z.int().min(0).max(MINUTES_PER_DAY),
	days: given(ScenarioWindow.shape).days,
});
type DayWindow = z.infer<typeof DayWindow>;

/** Of all batteries together, from surplus and grid. */
const { sell, ...others } = given(arbitrageKeys);
/** `sell` left out: batteries serve the site alone. */
const arbitrage = { ...others, sell: sell.optional() };
type Arbitrage = z.infer<z.ZodObject<typeof arbitrage>>;

/** Policies beside Vessim's default one. */
export const StrategyConfig = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('time-of-use'),
		...arbitrage,
		charge: z.array(DayWindow),
		discharge: z.array(DayWindow),
	}),
	z.strictObject({
		type: z.literal('threshold'),
		signal: GridSignal,
		...arbitrage,
		chargeBelow: z.number(),
		dischargeAbove: z.number(),
		hysteresis: z.number().nonnegative(),
	}),
	z.strictObject({
		type: z.literal('forecast'),
		signal: GridSignal,
		...arbitrage,
		/** Of the hours ahead: in the best of them it charges, in the worst it serves deficits. */
		chargeShare: z.number().min(0).max(1),
		dischargeShare: z.number().min(0).max(1),
		/** What a kWh that is stored now is worth later, at least. */
		roundTripEfficiency: z.number().positive().max(1),
	}),
	z.strictObject({
		type: z.literal('peak-shaving'),
		peakW: z.number().nonnegative(),
		rechargeBelowW: z.number().nonnegative().nullable(),
	}),
	z.strictObject({
		type: z.literal('plugin'),
		/** Where it came from, for messages. */
		path: z.string().min(1),
		/** JavaScript. It travels in the configuration, so that a controller may run anywhere. */
		source: z.string(),
		parameters: z.record(z.string(), z.json()),
		/** Wall time after which a decision is taken for one that never ends. */
		hangsAfterMs: z.number().positive(),
	}),
]);
export type StrategyConfig = z.infer<typeof StrategyConfig>;

/** Where time 0 is, for policies that look at the clock. */
export interface Clock {
	readonly startEpochMs: number;
	readonly timezone: string;
}

/** The policies that need no module of the user's. */
export function makeStrategy(
	config: Exclude<StrategyConfig, { type: 'plugin' }>,
	clock: Clock,
): Strategy {
	switch (config.type) {
		case 'time-of-use': {
			const local = makeLocalClock(clock.startEpochMs, clock.timezone);
			return (view, _memory, setpointsW) => {
				const wall = wallMs(local, view.timeUs);
				if (config.discharge.some((window) => isWithin(window, wall)))
					give(config, view, setpointsW);
				else if (config.charge.some((window) => isWithin(window, wall)))
					charge(config, view, setpointsW);
				else rest(config, view, setpointsW);
			};
		}
		case 'threshold':
			return (view, memory, setpointsW) => {
				const value = view[config.signal];
				const { chargeBelow, dischargeAbove, hysteresis } = config;
				memory.isCharging = value < chargeBelow + (memory.isCharging ? hysteresis : 0);
				memory.isDischarging = value > dischargeAbove - (memory.isDischarging ? hysteresis : 0);
				if (memory.isDischarging) give(config, view, setpointsW);
				else if (memory.isCharging) charge(config, view, setpointsW);
				else rest(config, view, setpointsW);
			};
		case 'forecast': {
			const ahead: number[] = [];
			return (view, _memory, setpointsW) => {
				const choice = chooseByForecast(config, view, ahead);
				if (choice === 'discharge') give(config, view, setpointsW);
				else if (choice === 'charge') charge(config, view, setpointsW);
				else rest(config, view, setpointsW);
			};
		}
		case 'peak-shaving':
			return (view, _memory, setpointsW) => {
				const { peakW, rechargeBelowW } = config;
				const importW = -view.deltaW;
				if (importW > peakW) share(view, peakW - importW, setpointsW);
				else share(view, Math.max(view.deltaW, (rechargeBelowW ?? 0) - importW, 0), setpointsW);
			};
	}
}

/** Hours that charging up to the target takes from now on. */
function hoursToTarget({ chargePowerW, targetSoc }: Arbitrage, view: PolicyView): number {
	let [missingWh, powerW] = [0, 0];
	for (let i = 0; i < view.maxW.length; i++) {
		const missing = targetSoc - (view.soc[i] as number);
		missingWh += Math.max(0, missing * (view.capacityWh[i] as number));
		powerW += view.maxW[i] as number;
	}
	return missingWh / Math.min(powerW, chargePowerW ?? Number.POSITIVE_INFINITY);
}

/**
 * Where the present value stands among the hours ahead: among the best, as many as charging takes, it is time to
 * charge, if one of them is worse by more than storing loses; among the worst to serve deficits.
 *
 * @param ahead room to work in
 */
function chooseByForecast(
	config: Extract<StrategyConfig, { type: 'forecast' }>,
	view: PolicyView,
	ahead: number[],
): 'charge' | 'discharge' | 'rest' {
	const { signal, chargeShare, dischargeShare, roundTripEfficiency } = config;
	const now = view[signal];
	const hours = view.forecast?.[signal];
	ahead.length = 0;
	ahead.push(now);
	// The running hour is known better by what it is now.
	for (let k = 1; k < (hours?.length ?? 0); k++) {
		const value = hours?.[k] as number;
		if (!Number.isNaN(value)) ahead.push(value);
	}
	ahead.sort((a, b) => a - b);
	const count = ahead.length;
	const [best, worst] = [ahead[0] as number, ahead[count - 1] as number];
	if (count < 2 || best === worst) return 'rest';
	// Hours better (worse) than now are fewer than the share's.
	const better = ahead.indexOf(now);
	const worse = count - 1 - ahead.lastIndexOf(now);
	if (worse < dischargeShare * count && now > best) return 'discharge';
	const pays = now < worst * roundTripEfficiency || (now <= 0 && now < worst);
	const enough = Math.min(chargeShare * count, hoursToTarget(config, view));
	return better < enough && pays ? 'charge' : 'rest';
}

/** Shares a power out among the batteries in merit order. */
function share(view: PolicyView, powerW: number, setpointsW: number[]): void {
	const policy = { mode: 'grid-connected', chargePowerW: 0 } as const;
	const decided = { ...emptyDispatch(0), setpointsW };
	dispatch(policy, powerW, view, decided);
}

/** Surplus is stored, a deficit is served. */
function follow(view: PolicyView, setpointsW: number[]): void {
	share(view, view.deltaW, setpointsW);
}

/** A deficit is served, and where batteries are to sell, they give into the grid what is left of their power. */
function give({ sell }: Arbitrage, view: PolicyView, setpointsW: number[]): void {
	const least = sell?.aboveUsdPerKwh ?? null;
	// Without a word about what exports earn a threshold on it holds nothing up; such a scenario is refused.
	if (!sell || (least !== null && !(view.exportPay > least))) {
		follow(view, setpointsW);
		return;
	}
	share(view, Math.min(0, view.deltaW), setpointsW);
	const hours = view.stepUs / 3_600_000_000;
	let leftW = sell.powerW ?? Number.POSITIVE_INFINITY;
	for (let i = 0; i < setpointsW.length; i++) {
		const givenW = -(setpointsW[i] as number);
		const aboveWh = ((view.soc[i] as number) - sell.downToSoc) * (view.capacityWh[i] as number);
		const soldW = Math.min(-(view.minW[i] as number) - givenW, leftW, aboveWh / hours - givenW);
		if (soldW <= 0) continue;
		setpointsW[i] = -(givenW + soldW);
		leftW -= soldW;
	}
}

function rest({ otherwise }: Arbitrage, view: PolicyView, setpointsW: number[]): void {
	share(view, otherwise === 'hold' ? Math.max(0, view.deltaW) : view.deltaW, setpointsW);
}

/** Surplus is stored; the grid fills up to the target what the surplus leaves of the power. */
function charge(config: Arbitrage, view: PolicyView, setpointsW: number[]): void {
	const hours = view.stepUs / 3_600_000_000;
	let surplusW = Math.max(0, view.deltaW);
	let leftW = config.chargePowerW ?? Number.POSITIVE_INFINITY;
	for (let i = 0; i < setpointsW.length; i++) {
		const maxW = view.maxW[i] as number;
		const storedW = Math.min(maxW, surplusW);
		const missingWh = (config.targetSoc - (view.soc[i] as number)) * (view.capacityWh[i] as number);
		const fromGridW = Math.max(0, Math.min(maxW, leftW, missingWh / hours));
		const setpointW = Math.max(storedW, fromGridW);
		setpointsW[i] = setpointW;
		surplusW -= storedW;
		leftW = Math.max(0, leftW - setpointW);
	}
}

function isWithin({ fromMin, untilMin, days }: DayWindow, wall: number): boolean {
	const minute = 60 * hourOf(wall) + (Math.floor(wall / 60_000) % 60);
	const isOvernight = untilMin <= fromMin;
	const isLate = minute >= fromMin;
	if (isOvernight ? !isLate && minute >= untilMin : !isLate || minute >= untilMin) return false;
	if (days === 'all') return true;
	// After midnight the window is the one of the day before.
	const begun = isOvernight && !isLate ? wall - 86_400_000 : wall;
	return isWeekend(begun) === (days === 'weekends');
}
