import { inputReason, readInputText } from '../../kernel/files/input-file.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { plainText } from '../../protocol/plain-text.ts';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import { noEnergy } from '../../protocol/run-folder/summary-energy.ts';
import type { Requests } from './run.ts';
import { ofRequests } from './serving-summary.ts';

/** What was measured on a real server, as a run that is compared: it has the figures of serving alone. */

/** A request that was measured; of one that failed there are no times. */
interface Measured {
	readonly arrivedS: number;
	readonly ttftS: number;
	readonly e2eS: number;
	readonly prompt: number;
	readonly output: number;
	readonly isFailed: boolean;
}

/**
 * The figures of what a server measured.
 *
 * @throws ConfigError for a file that holds no such thing
 */
export function readBenchmark(path: string): Summary {
	const { measured, durationS } = requestsIn(path);
	const served = measured.filter(({ isFailed }) => !isFailed);
	const column = (of: (one: Measured) => number) => Float64Array.from(served, of);
	const requests: Requests = {
		count: served.length,
		arrivedS: column(({ arrivedS }) => arrivedS),
		e2eS: column(({ e2eS }) => e2eS),
		ttftS: column(({ ttftS }) => ttftS),
		prefillTokens: column(({ prompt }) => prompt),
		decodeTokens: column(({ output }) => output),
		restarts: new Float64Array(served.length),
		...{ cachedTokens: null, transferS: null, prefillWh: null, decodeWh: null },
	};
	const none = Number.NaN;
	const rejected = measured.length - served.length;
	return {
		...{ status: 'complete', durationS, energy: noEnergy(), servingEnergy: null, emissions: null },
		serving: {
			...{ arrived: measured.length, waiting: 0, running: 0, rejected, underway: 0 },
			...ofRequests(requests, durationS),
			restarts: none,
		},
		batteries: [
			{ name: 'none', meanSoc: none, lastSoc: none, fullCycles: none, degradation: null },
		],
		bill: {
			...{ energyUsd: none, exportUsd: none, demandUsd: none, peakImportW: none },
			...{ fixedUsd: none, tierUsd: none, gpuUsd: none },
		},
		...{ capHours: none, fuelCostUsd: none, hindsight: [], vidurEnergy: null },
	};
}

function requestsIn(path: string): { measured: Measured[]; durationS: number } {
	const refuse = (reason: string) => new ConfigError(`Cannot compare "${path}": ${reason}`);
	let text: string;
	try {
		text = readInputText(path);
	} catch (error) {
		throw refuse(inputReason(error));
	}
	const whole = parsed(text);
	if (isFields(whole) && Array.isArray(whole['ttfts'])) return ofBenchmark(whole);
	const rows = text
		.split('\n')
		.filter((line) => line.trim() !== '')
		.map(parsed);
	const [first] = rows;
	if (isFields(first) && 'first_token_ts' in first) return ofEngineLog(rows as Fields[]);
	throw refuse(
		`it is neither a run folder nor what a server measured; ${isFields(first) ? `it has ${plainText(Object.keys(first).join(', '), 200)}` : 'it is no JSON'}; ` +
			'give the file of `vllm bench serve --save-detailed`',
	);
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** `vllm bench serve --save-detailed`: a list for each quantity. */
function ofBenchmark(fields: Fields): { measured: Measured[]; durationS: number } {
	const list = (name: string) => (fields[name] ?? []) as readonly unknown[];
	const [ttfts, itls, errors] = [list('ttfts'), list('itls'), list('errors')];
	const [prompts, outputs, starts] = [list('input_lens'), list('output_lens'), list('start_times')];
	const measured = ttfts.map((ttft, i): Measured => {
		const gaps = (itls[i] ?? []) as readonly number[];
		const ttftS = Number(ttft);
		return {
			...{ arrivedS: Number(starts[i] ?? 0), ttftS },
			e2eS: gaps.reduce((sum, gapS) => sum + gapS, ttftS),
			...{ prompt: Number(prompts[i]), output: Number(outputs[i]) },
			isFailed: (errors[i] ?? '') !== '' || Number(outputs[i]) < 1,
		};
	});
	return { measured, durationS: Number(fields['duration'] ?? Number.NaN) };
}

/** A row a request, with the times at which the engine queued it and yielded its first and last token. */
function ofEngineLog(rows: readonly Fields[]): { measured: Measured[]; durationS: number } {
	const measured = rows.map((row): Measured => {
		const at = (name: string) => Number(row[name] ?? Number.NaN);
		const fromS = at('queued_ts');
		const [ttftS, e2eS] = [at('first_token_ts') - fromS, at('last_token_ts') - fromS];
		const sizes = { prompt: at('input_toks'), output: at('output_toks') };
		return { arrivedS: fromS, ttftS, e2eS, ...sizes, isFailed: !Number.isFinite(e2eS) };
	});
	const served = measured.filter(({ isFailed }) => !isFailed);
	const firstS = Math.min(...served.map(({ arrivedS }) => arrivedS));
	const lastS = Math.max(...served.map(({ arrivedS, e2eS }) => arrivedS + e2eS));
	return { measured, durationS: lastS - firstS };
}
