import { plainText, quoted } from '../../protocol/plain-text.ts';
import type { TimeUnit, TraceColumns } from '../../protocol/scenario/request-files.ts';

/** How the quantities of a request are called in files, by whoever publishes them. */

/** In what a time is written; `mooncake`: whole milliseconds, as its traces have them. */
export type WrittenUnit = TimeUnit | 'mooncake';

/** Names of arrivals, with the unit that the publisher gives them in; null: it is nobody's in particular. */
const ARRIVALS: Readonly<Record<string, TimeUnit | null>> = {
	// Vidur.
	arrived_at: 's',
	// Azure; dates, but for files that others have made of them.
	TIMESTAMP: 's',
	// BurstGPT.
	Timestamp: 's',
	// Splitwise.
	arrival_timestamp: 's',
	// LLMServingSim.
	arrival_time_ns: 'ns',
	// What `vllm bench serve` writes, as trace-document.ts has it.
	start_times: 's',
	arrival_time: null,
	timestamp: null,
	arrival: null,
	arrival_s: 's',
	arrival_ms: 'ms',
	start_time: null,
	request_time: null,
};

/** Vidur; Azure; BurstGPT; Splitwise; LLMServingSim; Mooncake and Bailian; vLLM; OpenAI; others. */
const PROMPTS = [
	...['num_prefill_tokens', 'ContextTokens', 'Request tokens', 'prompt_size', 'input_toks'],
	...['input_length', 'input_lens', 'prompt_tokens', 'input_tokens', 'prompt_len', 'input_len'],
];
const OUTPUTS = [
	...['num_decode_tokens', 'GeneratedTokens', 'Response tokens', 'token_size', 'output_toks'],
	...['output_length', 'output_lens', 'completion_tokens', 'output_tokens', 'output_len'],
];
const SESSIONS = ['Session ID', 'session_id', 'conversation_id'];
/** Mooncake and Bailian: names of the prompt's blocks. */
export const HASHES = 'hash_ids';
/** Only Bailian's rows have them, which otherwise look like Mooncake's. */
const BAILIAN = ['chat_id', 'turn'];

/** Tokens of the blocks that hash_ids name. */
const MOONCAKE_BLOCK_TOKENS = 512;
const BAILIAN_BLOCK_TOKENS = 16;

/** Of a header that is none: enough to see what the file is. */
const HEADER_LENGTH_MAX = 200;

/** Where in a row its quantities are. */
export interface Found {
	readonly arrival: string | null;
	readonly prompt: string | null;
	readonly output: string | null;
	readonly session: string | null;
	readonly unit: WrittenUnit;
	/** Whether nothing says what the unit is, so that seconds are taken. */
	readonly isUnitAssumed: boolean;
	/** Tokens of the blocks that the rows name. */
	readonly hashTokens: number;
	/** The other names, of which nothing is used. */
	readonly unused: readonly string[];
}

/** What of a row is needed, and what the scenario says of the file. */
export interface Wanted {
	readonly arrival: boolean;
	readonly lengths: boolean;
	readonly columns: TraceColumns;
	readonly timeUnit: TimeUnit | null;
}

/** Finds the quantities among the names that a file has; a text says what is wrong. */
export function findNames(names: readonly string[], wanted: Wanted): Found | string {
	const { columns, timeUnit } = wanted;
	const kinds = [
		['arrival', wanted.arrival, Object.keys(ARRIVALS)],
		['prompt', wanted.lengths, PROMPTS],
		['output', wanted.lengths, OUTPUTS],
	] as const;
	const found: Record<(typeof kinds)[number][0], string | null> = {
		...{ arrival: null, prompt: null, output: null },
	};
	const missing: string[] = [];
	for (const [kind, isWanted, known] of kinds) {
		if (!isWanted) continue;
		const [first, second] = columns[kind] === null ? among(names, known) : [columns[kind]];
		if (second !== undefined)
			return `it has ${quoted(first as string)} and ${quoted(second)}; say which is meant: columns: { ${kind}: ${first} }`;
		if (first === undefined || !names.includes(first)) missing.push(first ?? (known[0] as string));
		else found[kind] = first;
	}
	if (missing.length > 0 && names.length === 0)
		return `no column ${missing.join(', ')}; the header has nothing`;
	if (missing.length > 0)
		return `no column ${missing.join(', ')}; the header has ${plainText(names.join(', '), HEADER_LENGTH_MAX)}; say which it is with columns (--request-columns arrival=NAME,prompt=NAME,output=NAME)`;
	const session = sessionOf(names, wanted);
	if (session !== null && !names.includes(session)) return `no column ${session}`;
	const used = [...Object.values(found), session, wanted.lengths ? HASHES : null];
	const written = unitOf(found.arrival, names);
	return {
		...{ ...found, session, unit: timeUnit ?? written ?? 's' },
		isUnitAssumed: found.arrival !== null && timeUnit === null && written === null,
		hashTokens: isBailian(names) ? BAILIAN_BLOCK_TOKENS : MOONCAKE_BLOCK_TOKENS,
		unused: names.filter((name) => name !== '' && !used.includes(name)),
	};
}

/** The names that are known, as they are written; where none is, those that differ in case and marks only. */
function among(names: readonly string[], known: readonly string[]): string[] {
	const exact = names.filter((name) => known.includes(name));
	if (exact.length > 0) return exact;
	const plain = (name: string) => name.toLowerCase().replace(/[\s_-]+/g, '');
	const alike = new Set(known.map(plain));
	return names.filter((name) => alike.has(plain(name)));
}

function sessionOf(names: readonly string[], { columns, lengths }: Wanted): string | null {
	if (!lengths) return null;
	return columns.session ?? (names.includes(HASHES) ? null : (among(names, SESSIONS)[0] ?? null));
}

function isBailian(names: readonly string[]): boolean {
	return BAILIAN.some((name) => names.includes(name));
}

/** The unit in which times are, by their name or the format that has such rows; null: nothing says it. */
function unitOf(arrival: string | null, names: readonly string[]): WrittenUnit | null {
	if (arrival === null) return null;
	if (arrival === 'timestamp' && names.includes('input_length'))
		return isBailian(names) ? 's' : 'mooncake';
	// What ServeGen writes of the requests that it has drawn.
	if (arrival === 'timestamp' && names[0] === 'request_id' && names.includes('input_tokens'))
		return 's';
	const suffix = /(?:^|[\s_([.-])(s|sec|seconds|ms|millis|milliseconds|us|micros|ns|nanos)[)\]]?$/i;
	const [, text] = suffix.exec(arrival) ?? [];
	if (text !== undefined) return unitNamed(text.toLowerCase());
	return ARRIVALS[arrival] ?? null;
}

function unitNamed(text: string): TimeUnit {
	if (/^(ms|milli)/.test(text)) return 'ms';
	if (/^(us|micro)/.test(text)) return 'us';
	return text.startsWith('n') ? 'ns' : 's';
}
