import { ConfigError, SimulationError } from '../../protocol/errors.ts';
import type { GridEvent } from '../../protocol/grid-events.ts';
import { formatSimTime, usToSeconds } from '../../protocol/time.ts';
import { askPolicy } from './policy-thread.ts';
import type { PolicyMemory, PolicyView, Strategy, StrategyConfig } from './strategy.ts';

/** Reading a module takes longer than this, with the start of its thread, only if it hangs. */
const LOAD_LIMIT_MS = 10_000;

/** Policies that were loaded in this process. */
let loaded = 0;

/**
 * A policy of the user's: a module that exports `decide(view, memory, parameters)` and, if it remembers
 * anything, `initialMemory`. It runs in a thread of its own (policy-thread.ts), in a context that knows no time,
 * chance or I/O (policy-sandbox.ts). One that does not answer within `hangsAfterMs` ends the run.
 */
export function makePlugin(
	config: Extract<StrategyConfig, { type: 'plugin' }>,
	{ names, actor }: { names: readonly string[]; actor: string },
	local: (timeUs: number) => { hour: number; minute: number; weekday: number },
): { strategy: Strategy; initialMemory: string } {
	const { path, source, parameters, hangsAfterMs } = config;
	const id = loaded++;
	const limitMs = Math.max(LOAD_LIMIT_MS, hangsAfterMs);
	const load = () => askPolicy({ type: 'load', id, module: { path, source, parameters } }, limitMs);
	const read = load();
	if (read?.type !== 'loaded')
		throw new ConfigError(
			read?.type === 'failed'
				? read.reason
				: `Cannot use policy "${path}": reading it did not end within ${limitMs / 1000} s`,
		);
	const strategy: Strategy = (view, memory, setpointsW) => {
		const { timeUs } = view;
		const fail = (reason: string): never => {
			throw new SimulationError(`Cannot use policy "${path}": ${reason}`, { actor, timeUs });
		};
		const input = JSON.stringify(viewOf(view, names, local(timeUs)));
		const question = { type: 'decide', id, view: input, memory: memory.plugin } as const;
		let answer = askPolicy(question, hangsAfterMs);
		// A policy of another run that hung took the thread with it. All that ours remembers is in the question.
		if (answer?.type === 'unknown' && load()?.type === 'loaded')
			answer = askPolicy(question, hangsAfterMs);
		if (answer === null)
			return fail(
				`decide() did not return within ${hangsAfterMs / 1000} s in the step at ${formatSimTime(timeUs)}; ` +
					'look for a loop without an end, or raise policy.hangsAfter',
			);
		if (answer.type !== 'decided') return fail(answer.type === 'failed' ? answer.reason : '');
		// What a pure function says it also says where it has said nothing before: a module that remembers is found here.
		if (!answer.isSame)
			fail('decide() gave two answers to one question; keep what changes in the memory it returns');
		takeAnswer(answer.answer, { view, memory, setpointsW }, fail);
	};
	return { strategy, initialMemory: read.initialMemory };
}

type Fail = (reason: string) => never;

/** What the module is given. Absence is null: JSON has neither NaN nor Infinity. */
function viewOf(
	view: PolicyView,
	names: readonly string[],
	local: { hour: number; minute: number; weekday: number },
) {
	return {
		timeS: view.timeUs / 1e6,
		stepS: view.stepUs / 1e6,
		local,
		deltaW: view.deltaW,
		carbonGPerKwh: Number.isNaN(view.carbon) ? null : view.carbon,
		marginalGPerKwh: Number.isNaN(view.marginal) ? null : view.marginal,
		priceUsdPerKwh: Number.isNaN(view.price) ? null : view.price,
		...(Number.isNaN(view.exportPay) ? {} : { exportUsdPerKwh: view.exportPay }),
		...(view.forecast === null ? {} : { forecast: forecastOf(view.forecast) }),
		...(view.events.known.length === 0 ? {} : { events: view.events.known.map(eventOf) }),
		batteries: names.map((name, i) => ({
			name,
			soc: view.soc[i],
			capacityWh: view.capacityWh[i],
			minW: view.minW[i],
			maxW: view.maxW[i],
		})),
	};
}

/** An event of the grid that is announced and not over. */
function eventOf({ id, event, fromUs, untilUs, limitW, usdPerKwh }: GridEvent) {
	return {
		...{ id, event, fromS: usToSeconds(fromUs), untilS: usToSeconds(untilUs) },
		...(limitW === null ? {} : { limitW }),
		...(usdPerKwh === null ? {} : { usdPerKwh }),
	};
}

/** Lists of an hour each, the running one first. */
function forecastOf({ carbon, marginal, price }: NonNullable<PolicyView['forecast']>) {
	const list = (hours: Float64Array | null) => (hours === null ? null : Array.from(hours));
	return {
		carbonGPerKwh: list(carbon),
		marginalGPerKwh: list(marginal),
		priceUsdPerKwh: list(price),
	};
}

function takeAnswer(
	output: string,
	into: { view: PolicyView; memory: PolicyMemory; setpointsW: number[] },
	fail: Fail,
): void {
	const { view, memory, setpointsW } = into;
	const answer = JSON.parse(output) as { setpointsW?: unknown; memory?: unknown } | null;
	const given = answer?.setpointsW;
	const wanted: readonly unknown[] = Array.isArray(given) ? given : [];
	if (!Array.isArray(given) || wanted.length !== setpointsW.length)
		fail(
			`decide() returned ${output.slice(0, 100)}; return {setpointsW: [...]} with ${setpointsW.length} numbers`,
		);
	for (let i = 0; i < setpointsW.length; i++) {
		const wantedW = wanted[i];
		if (typeof wantedW !== 'number')
			fail(`decide() returned the setpoint ${JSON.stringify(wantedW)}; return finite watts`);
		const withinW = Math.min(view.maxW[i] as number, Number(wantedW));
		setpointsW[i] = Math.max(view.minW[i] as number, withinW);
	}
	if (answer?.memory !== undefined) memory.plugin = JSON.stringify(answer.memory);
}
