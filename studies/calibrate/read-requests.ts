import { byArrival, type ServedLog, type ServedRequest } from './served-log.ts';

/** Requests as JSON lines or CSV, one a row: LLMServingSim's, or with names as these. */

type Row = Readonly<Record<string, unknown>>;

/** Names of quantities, and what a value must be divided by to be in s or tokens. */
const NAMES = {
	arrival: [
		['arrival_time', 1],
		['arrived_at', 1],
		['arrival_s', 1],
		['arrival_ms', 1e3],
		['start_time', 1],
		['timestamp', 1],
	],
	prompt: [
		['input_toks', 1],
		['prompt_tokens', 1],
		['input_tokens', 1],
		['num_prefill_tokens', 1],
		['input_len', 1],
	],
	output: [
		['output_toks', 1],
		['completion_tokens', 1],
		['output_tokens', 1],
		['num_decode_tokens', 1],
		['output_len', 1],
	],
	ttft: [
		['ttft_s', 1],
		['ttft', 1],
		['ttft_ms', 1e3],
		['prefill_e2e_time', 1],
	],
	e2e: [
		['e2e_s', 1],
		['latency', 1],
		['e2e_ms', 1e3],
		['latency_ms', 1e3],
		['request_e2e_time', 1],
	],
	queued: [['queued_ts', 1]],
	first: [
		['first_token_ts', 1],
		['first_token_time', 1],
	],
	last: [
		['last_token_ts', 1],
		['finish_time', 1],
	],
} as const satisfies Record<string, readonly (readonly [string, number])[]>;
type Quantity = keyof typeof NAMES;

/** Seconds since 1970 are beyond this, those of a machine’s clock below. */
const EPOCH_FROM_S = 1e9;

/** Whether a row may be of such a log. */
export function hasRequests(row: Row): boolean {
	return nameOf(row, 'prompt') !== null && nameOf(row, 'output') !== null;
}

/**
 * The requests of such a log.
 *
 * @throws Error that says what it lacks
 */
export function readRequests(rows: readonly Row[], format: string): ServedLog {
	const [head] = rows;
	if (head === undefined) throw new Error('it has no requests');
	for (const quantity of ['prompt', 'output', 'arrival'] as const)
		if (nameOf(head, quantity) === null)
			throw new Error(
				`its rows have no ${NAMES[quantity].map(([name]) => name).join(', ')}; they have ${Object.keys(head).join(', ')}`,
			);
	const clock = clockOf(head);
	const read = rows.map((row) => requestOf(row, clock));
	const served = read.filter((one) => one !== null);
	if (served.length === 0)
		throw new Error('no request in it has a time of its first or last token');
	const { requests, firstS } = byArrival(served);
	const left = rows.length - served.length;
	const isEpoch = firstS > EPOCH_FROM_S;
	return {
		...{ format, requests, windows: [], isExact: true, startEpochS: isEpoch ? firstS : null },
		notes: [
			...(left === 0 ? [] : [`${left} of ${rows.length} requests have no times and are left out`]),
			...(clock === 'queued'
				? [
						'requests arrive when the engine has them: its tokens are by another clock than arrival_time',
					]
				: []),
		],
	};
}

function nameOf(row: Row, quantity: Quantity): readonly [string, number] | null {
	return NAMES[quantity].find(([name]) => name in row) ?? null;
}

function quantityOf(row: Row, quantity: Quantity): number | null {
	const found = nameOf(row, quantity);
	if (found === null) return null;
	const [name, unit] = found;
	const value = row[name];
	if (value === null || value === undefined || value === '') return null;
	const number = Number(value);
	return Number.isFinite(number) ? number / unit : null;
}

/** By which clock requests arrive: that of their tokens, so that differences mean something. */
function clockOf(head: Row): 'arrival' | 'queued' {
	const [arrival, queued, first] = [
		quantityOf(head, 'arrival'),
		quantityOf(head, 'queued'),
		quantityOf(head, 'first') ?? quantityOf(head, 'last'),
	];
	if (arrival === null || queued === null || first === null) return 'arrival';
	return arrival > EPOCH_FROM_S === first > EPOCH_FROM_S ? 'arrival' : 'queued';
}

function requestOf(row: Row, clock: 'arrival' | 'queued'): ServedRequest | null {
	const arrivedS = quantityOf(row, clock);
	const promptTokens = quantityOf(row, 'prompt');
	const outputTokens = quantityOf(row, 'output');
	if (arrivedS === null || promptTokens === null || outputTokens === null) return null;
	const since = (quantity: 'first' | 'last') => {
		const atS = quantityOf(row, quantity);
		return atS === null ? null : atS - arrivedS;
	};
	const ttftS = quantityOf(row, 'ttft') ?? since('first');
	const e2eS = quantityOf(row, 'e2e') ?? since('last');
	const isServed = promptTokens >= 1 && outputTokens >= 1 && (ttftS !== null || e2eS !== null);
	const isSound = (ttftS ?? 1) > 0 && (e2eS ?? 1) > 0;
	return isServed && isSound ? { arrivedS, promptTokens, outputTokens, ttftS, e2eS } : null;
}
