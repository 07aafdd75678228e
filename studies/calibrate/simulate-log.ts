import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulationError } from '../../protocol/errors.ts';
import type { Overheads } from '../../protocol/scenario/overheads.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { loadRun } from '../../run/load-run.ts';
import type { CalibrationFile } from '../../run/resolve/calibration.ts';
import { scenarioFrom } from '../../run/resolve/scenario-source.ts';
import { serversAlone } from '../../run/resolve/servers-alone.ts';
import { runScenario } from '../../run/run-scenario.ts';
import type { ServedLog } from './served-log.ts';

type Serving = NonNullable<Scenario['serving']>;

/** What is fitted: overheads, and the power of a GPU; null: as its device has it. */
export interface Values {
	readonly overheads: { readonly [Key in keyof Overheads]: number };
	readonly power: NonNullable<CalibrationFile['power']> | null;
}

/** What a run of the product says of the requests of a log. */
export interface Simulated {
	/** By request, in the order of the log, s. */
	readonly ttftS: Float64Array;
	readonly e2eS: Float64Array;
	/** Mean power of a GPU in each step, W. */
	readonly powerW: Float64Array;
	readonly stepS: number;
}

/** Runs the product on the arrivals and lengths of a log, as a user would. */
export class LogSimulation {
	readonly #log: ServedLog;
	readonly #serving: Serving;
	readonly #folder = mkdtempSync(join(tmpdir(), 'gridbeat-calibrate-'));
	readonly #stepS: number;
	#tailS: number;
	#count = 0;

	/** @param stepS seconds over which powers are means */
	constructor(log: ServedLog, serving: Serving, stepS: number) {
		this.#log = log;
		this.#stepS = stepS;
		const longest = log.requests.reduce(
			(most, { promptTokens, outputTokens }) => Math.max(most, promptTokens + outputTokens),
			2,
		);
		this.#serving = { ...serving, maxTokens: Math.max(serving.maxTokens, longest), pue: 1 };
		this.#tailS = log.requests.reduce((most, { e2eS }) => Math.max(most, 2 * (e2eS ?? 0)), 60);
		const rows = log.requests.map(
			({ arrivedS, promptTokens, outputTokens }) =>
				`${arrivedS.toFixed(6)},${promptTokens},${outputTokens}`,
		);
		const header = 'arrived_at,num_prefill_tokens,num_decode_tokens';
		writeFileSync(this.#path('requests.csv'), `${[header, ...rows].join('\n')}\n`);
	}

	/** Removes what was written. */
	end(): void {
		rmSync(this.#folder, { recursive: true, force: true });
	}

	/** How often it ran. */
	get runs(): number {
		return this.#count;
	}

	/**
	 * One run with these values.
	 *
	 * @throws ConfigError for a scenario that cannot serve the log
	 */
	async run(values: Values): Promise<Simulated> {
		for (let longer = 0; longer < 6; longer++) {
			const found = await this.#runFor(values);
			if (found !== null) return found;
			this.#tailS *= 3;
		}
		throw new SimulationError(
			`Cannot bring the ${this.#log.requests.length} requests of the log to their end: the configuration does not serve them all`,
		);
	}

	async #runFor({ overheads, power }: Values): Promise<Simulated | null> {
		this.#count++;
		const { requests } = this.#log;
		const lastS = requests.at(-1)?.arrivedS ?? 0;
		const steps = Math.ceil((lastS + this.#tailS) / this.#stepS);
		const until = `${steps * this.#stepS}s`;
		if (power !== null) this.#writePower(power);
		const scenario = scenarioFrom({
			...{ name: 'calibration', until, window: until, step: `${this.#stepS}s` },
			...serversAlone(),
			requests: {
				lengths: { type: 'trace-file', path: this.#path('requests.csv') },
			},
			serving: {
				...this.#serving,
				overheads,
				...(power === null ? {} : { powerCurve: null, calibration: this.#path('power.yaml') }),
			},
			placement: { mode: 'in-process' },
		});
		const out = this.#path('run');
		await runScenario(scenario, { out, overwrite: true, report: false });
		const run = await loadRun(out);
		const usage = await run.sites.get('')?.table('usage.csv');
		return this.#read(run.requests?.numbers, usage?.numbers);
	}

	#read(
		requests: ReadonlyMap<string, Float64Array> | undefined,
		usage: ReadonlyMap<string, Float64Array> | undefined,
	): Simulated | null {
		const count = this.#log.requests.length;
		const column = (name: string) => requests?.get(name) ?? new Float64Array();
		const ids = column('Request Id');
		if (ids.length < count) return null;
		const [ttfts, e2es] = [column('prefill_e2e_time'), column('request_e2e_time')];
		const ttftS = new Float64Array(count).fill(Number.NaN);
		const e2eS = ttftS.slice();
		for (let i = 0; i < ids.length; i++) {
			ttftS[ids[i] as number] = ttfts[i] as number;
			e2eS[ids[i] as number] = e2es[i] as number;
		}
		const [times, watts] = [usage?.get('time_s'), usage?.get('gpu_power')];
		const powerW = new Float64Array(Math.ceil(((times?.at(-1) ?? 0) + this.#stepS) / this.#stepS));
		const replicas = powerW.slice();
		for (let i = 0; i < (times?.length ?? 0); i++) {
			const step = Math.round((times?.[i] as number) / this.#stepS);
			powerW[step] = (powerW[step] as number) + (watts?.[i] as number);
			replicas[step] = (replicas[step] as number) + 1;
		}
		return {
			...{ ttftS, e2eS, stepS: this.#stepS },
			powerW: powerW.map((sumW, i) => sumW / Math.max(1, replicas[i] as number)),
		};
	}

	#writePower(power: NonNullable<CalibrationFile['power']>): void {
		const file: Pick<CalibrationFile, 'about' | 'source' | 'date' | 'power'> = {
			about: 'values that are tried',
			source: 'gridbeat calibrate',
			date: '2000-01-01',
			power,
		};
		writeFileSync(this.#path('power.yaml'), JSON.stringify(file));
	}

	#path(name: string): string {
		return join(this.#folder, name);
	}
}
