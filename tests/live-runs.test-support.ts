import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from '../protocol/scenario/scenario.ts';
import { scenarioFrom } from '../run/resolve/scenario-source.ts';
import { type RunOptions, runScenario } from '../run/run-scenario.ts';
import { EXCHANGE, Exchange, type Served } from '../services/gateway/openai/exchange.ts';
import { tempFolder } from './cli.ts';

/** Runs that are asked from outside, and the same again from what they have logged. For tests. */

/** A timer of this process. */
const after = (ms: number, callBack: () => void): (() => void) => {
	const timer = setTimeout(callBack, ms);
	return () => clearTimeout(timer);
};

/** What somebody was told of a request. */
export interface Told {
	readonly arrival: number;
	readonly atUs: number;
	/** When each token was there, in simulated time. */
	readonly tokensUs: number[];
	/** What it took; null where it failed. */
	readonly served: Served | null;
}

/** Asks for an answer as soon as the run takes requests, and resolves with what is told of it. */
export function ask(
	exchange: Exchange,
	asked: { promptTokens: number; answerTokens: number; pieces?: number[]; model?: number },
): Promise<Told> {
	return new Promise((resolve, reject) => {
		const attempt = (): void => {
			if (exchange.closed === 'waiting' || exchange.closed === 'paused') {
				setTimeout(attempt, 2);
				return;
			}
			const tokensUs: number[] = [];
			const told = (served: Served | null) => {
				if (submitted.type === 'taken') resolve({ ...submitted, tokensUs, served });
			};
			const submitted = exchange.submit(
				{ model: 0, pieces: [], ...asked },
				{
					tokens(count, atUs) {
						while (tokensUs.length < count) tokensUs.push(atUs);
					},
					served: told,
					failed: () => told(null),
				},
			);
			if (submitted.type === 'refused') reject(new Error(submitted.why));
		};
		attempt();
	});
}

/** A run in a folder of its own that is asked from outside. */
export function startLive(text: object, options: RunOptions = {}) {
	const exchange = new Exchange(after);
	const out = join(tempFolder(), 'run');
	const scenario = liveScenario(text);
	const ended = runScenario(scenario, {
		...{ out, report: false, ...options },
		outside: { ...options.outside, [EXCHANGE]: exchange },
	});
	return { exchange, out, scenario, ended };
}

/** The same run from its log, in one process, with nobody outside and as fast as it goes. */
export async function repeatLive(scenario: Scenario, folder: string): Promise<string> {
	const out = join(tempFolder(), 'again');
	const placement = { ...scenario.placement, mode: 'in-process' as const };
	const arrivalsLog = join(folder, 'arrivals.jsonl');
	await runScenario({ ...scenario, pace: null, placement }, { out, report: false, arrivalsLog });
	return out;
}

export function liveScenario(text: object): Scenario {
	return scenarioFrom({ name: 'live', ...text });
}

/** The tables of a run by name. */
export function tablesOf(folder: string): ReadonlyMap<string, string> {
	const names = readdirSync(folder).filter((name) => name.endsWith('.csv'));
	return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
