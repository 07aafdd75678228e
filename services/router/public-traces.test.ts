import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { noteText } from '../../protocol/remark.ts';
import { lengthReader } from './read-lengths.ts';
import { type TraceOptions, TraceReader } from './trace-reader.ts';

/** Files as people publish them, and what is in them. */

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-traces-'));
test.after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'trace');
const NONE = { arrival: null, prompt: null, output: null, session: null };
const AS_IS: TraceOptions = {
	...{ path, anchor: 'first', timeScale: 1, prefillScale: 1, decodeScale: 1, zeroTokens: 'one' },
};

function read(text: string | Buffer, changes: Partial<TraceOptions> = {}) {
	writeFileSync(path, text);
	const reader = new TraceReader({ ...AS_IS, ...changes });
	const cursor = reader.start();
	const rows: [number, number, number][] = [];
	const sessions: (number | null)[] = [];
	while (reader.read(cursor)) {
		const { arrivedAtS, askedPrefill, askedDecode, session } = reader.request;
		rows.push([Number(arrivedAtS.toFixed(6)), askedPrefill, askedDecode]);
		sessions.push(session);
	}
	return { rows, sessions, notes: reader.notes().map(noteText), blockTokens: reader.blockTokens() };
}

const lines = (...rows: readonly (string | object)[]): string =>
	`${rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n')}\n`;

const BENCH = {
	...{ date: '20250101-000000', backend: 'vllm', completed: 2, duration: 9.5 },
	...{ input_lens: [100, 200, 300], output_lens: [10, 0, 30], ttfts: [0.1, 0, 0.2] },
	...{ itls: [[0.01], [], [0.02]], errors: ['', 'timed out', ''] },
};
const AZURE_ROWS = ['2024-05-10 00:00:00.009930+00:00', '2024-05-10 00:00:01.509930+00:00'];

const FORMATS: readonly [name: string, text: string, rows: number[][], unused?: string][] = [
	[
		'BurstGPT',
		lines(
			'Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type',
			'118,a1,4.2,GPT-4,417,276,693,API log',
			'120.5,a1,4.2,GPT-4,500,0,500,Conversation log',
		),
		[
			[0, 417, 276],
			[2.5, 500, 0],
		],
		'Elapsed time, Model, Total tokens, Log Type',
	],
	[
		'BurstGPT without sessions',
		lines(
			'Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type',
			'5,ChatGPT,472,18,490,Conversation log',
		),
		[[0, 472, 18]],
		'Model, Total tokens, Log Type',
	],
	[
		'Splitwise',
		lines(
			'request_id,request_type,application_id,arrival_timestamp,batch_size,prompt_size,token_size',
			'0,2,0,0.027,1,374,44',
			'1,2,0,4.5,1,396,109',
		),
		[
			[0, 374, 44],
			[4.473, 396, 109],
		],
		'request_id, request_type, application_id, batch_size',
	],
	[
		'ServeGen',
		lines('request_id,timestamp,input_tokens,output_tokens', '0,0.5,10,20'),
		[[0, 10, 20]],
		'request_id',
	],
	[
		'Azure with images',
		lines(
			'TIMESTAMP,NumImages,ContextTokens,GeneratedTokens',
			`${AZURE_ROWS[0]},2,3000,40`,
			`${AZURE_ROWS[1]},0,20,4`,
		),
		[
			[0, 3000, 40],
			[1.5, 20, 4],
		],
		'NumImages',
	],
	[
		'Bailian',
		lines(
			{
				...{ chat_id: 159, parent_chat_id: -1, timestamp: 61.114, input_length: 33 },
				...{ output_length: 132, type: 'text', turn: 1, hash_ids: [1089, 1090, 1091] },
			},
			{
				...{ chat_id: 160, parent_chat_id: 159, timestamp: 62.614, input_length: 16 },
				...{ output_length: 5, type: 'text', turn: 2, hash_ids: [1089] },
			},
		),
		[
			[0, 33, 132],
			[1.5, 16, 5],
		],
		'chat_id, parent_chat_id, type, turn',
	],
	[
		'Mooncake',
		lines(
			{ timestamp: 27482, input_length: 1024, output_length: 52, hash_ids: [46, 47] },
			{ timestamp: 30535, input_length: 513, output_length: 26, hash_ids: [46, 2] },
		),
		[
			[0, 1024, 52],
			[3.053, 513, 26],
		],
	],
	[
		'LLMServingSim',
		lines(
			{ input_toks: 16, output_toks: 8, arrival_time_ns: 0, input_tok_ids: [1, 2] },
			{ input_toks: 32, output_toks: 9, arrival_time_ns: 5_000_000, input_tok_ids: [1, 2] },
		),
		[
			[0, 16, 8],
			[0.005, 32, 9],
		],
		'input_tok_ids',
	],
	[
		'LLMServingSim, separated by tabs',
		lines('input_toks\toutput_toks\tarrival_time_ns', '16\t8\t0', '32\t9\t5000000'),
		[
			[0, 16, 8],
			[0.005, 32, 9],
		],
	],
	[
		'vLLM’s benchmark',
		JSON.stringify({ ...BENCH, start_times: [7000.5, 7002, 7001] }),
		[
			[0, 100, 10],
			[0.5, 300, 30],
			[1.5, 200, 0],
		],
	],
	[
		'vLLM’s benchmark, indented',
		JSON.stringify({ ...BENCH, start_times: [7000.5, 7001, 7002] }, null, 2),
		[
			[0, 100, 10],
			[0.5, 200, 0],
			[1.5, 300, 30],
		],
	],
	[
		'a list of requests',
		JSON.stringify([
			{ arrival_ms: 100, prompt_tokens: 7, completion_tokens: 3 },
			{ arrival_ms: 350, prompt_tokens: 8, completion_tokens: 4 },
		]),
		[
			[0, 7, 3],
			[0.25, 8, 4],
		],
	],
	[
		'semicolons and a quoted cell',
		lines('arrived_at;"num_prefill_tokens";num_decode_tokens;what', '1;5;6;"a;b"', '2;7;8;c'),
		[
			[0, 5, 6],
			[1, 7, 8],
		],
		'what',
	],
];

for (const [name, text, rows, unused] of FORMATS)
	test(`a trace is read as it is published: ${name}`, () => {
		for (const written of [text, gzipSync(text), `\uFEFF${text}`]) {
			const found = read(written);
			assert.equal(found.rows, rows);
			assert.equal(found.notes, unused === undefined ? [] : [`columns not used: ${unused}`]);
		}
	});

test('blocks have the tokens of the format, sessions are told apart, and equal names are one', () => {
	const text = (name: string) => FORMATS.find(([one]) => one === name)?.[1] ?? '';
	assert.is(read(text('Mooncake')).blockTokens, 512);
	assert.is(read(text('Bailian')).blockTokens, 16);
	const { sessions } = read(`${text('BurstGPT')}130,b2,1,GPT-4,5,5,10,API log\n`);
	assert.is(sessions[0], sessions[1]);
	assert.is.not(sessions[0], sessions[2]);
});

test('names and unit that the scenario gives are taken, and those of a column’s name', () => {
	const own = lines('when [ms],in,out,who', '500,7,8,x', '1500,9,10,y');
	const columns = { arrival: 'when [ms]', prompt: 'in', output: 'out', session: 'who' };
	const found = read(own, { columns });
	assert.equal(found.rows, [
		[0, 7, 8],
		[1, 9, 10],
	]);
	assert.not.equal(found.sessions[0], found.sessions[1]);
	const inSeconds = lines(
		{ timestamp: 0, input_length: 10, output_length: 5 },
		{ timestamp: 60.4, input_length: 10, output_length: 5 },
	);
	assert.equal(
		read(inSeconds, { timeUnit: 's' }).rows.map(([atS]) => atS),
		[0, 60.4],
	);
	assert.equal(read(lines('timestamp,prompt_len,output_len', '1,2,3')).notes, [
		'times of "timestamp" taken as seconds (timeUnit says otherwise)',
	]);
});

const REFUSED: readonly [what: string, text: string, reason: RegExp, changes?: object][] = [
	[
		'seconds in a row of Mooncake’s',
		lines(
			{ timestamp: 0, input_length: 10, output_length: 5 },
			{ timestamp: 60.4, input_length: 10, output_length: 5 },
		),
		/row 2: timestamp is "60\.4", and Mooncake's are whole milliseconds; say what they are: timeUnit \(--time-unit\) s or ms$/,
	],
	[
		'blocks of another size',
		lines({
			...{ timestamp: 0, input_length: 640, output_length: 5 },
			hash_ids: Array.from({ length: 10 }, (_, i) => i),
		}),
		/row 1 names 10 blocks of a prompt of 640 tokens, and with 512 tokens a block it has 2; say how many tokens a block has: requests\.lengths\.hashTokens \(--hash-tokens\) 64$/,
		{ hashTokens: 512 },
	],
	[
		'names of nobody',
		lines('when,prompt,answer', '1,2,3'),
		/no column arrived_at, num_prefill_tokens, num_decode_tokens; the header has when, prompt, answer; say which it is with columns \(--request-columns arrival=NAME,prompt=NAME,output=NAME\)$/,
	],
	[
		'two names for one thing',
		lines('arrived_at,input_length,num_prefill_tokens,output_length', '1,2,3,4'),
		/it has "input_length" and "num_prefill_tokens"; say which is meant: columns: \{ prompt: input_length \}$/,
	],
	[
		'a column that is not there',
		lines('arrived_at,num_prefill_tokens,num_decode_tokens', '1,2,3'),
		/no column sent; the header has arrived_at, num_prefill_tokens, num_decode_tokens/,
		{ columns: { ...NONE, arrival: 'sent' } },
	],
	[
		'texts of conversations',
		JSON.stringify([{ id: 'a', conversations: [{ from: 'human', value: '\u001b[31mred' }] }]),
		/its rows have id, conversations: texts, and no numbers of tokens; count them/,
	],
	[
		'a benchmark without times',
		JSON.stringify(BENCH),
		/no column arrived_at; the header has input_lens, output_lens/,
	],
	[
		'several benchmarks',
		`${JSON.stringify(BENCH)}\n${JSON.stringify(BENCH)}\n`,
		/it has 2 benchmarks, one a line: give a file with one of them$/,
	],
	['JSON of something else', '{\n "a": 1,\n "b": {}\n}', /no list of requests; it has a, b$/],
	[
		'a unit of dates',
		lines('TIMESTAMP,ContextTokens,GeneratedTokens', '2023-11-16 18:15:46,3,4'),
		/its times are dates, which have no unit: drop timeUnit \(--time-unit\) ms$/,
		{ timeUnit: 'ms' },
	],
	['bytes that are no text', 'a\x80\xff,b\n', /it is no text in UTF-8 or UTF-16$/],
	['no JSON', '{ "a": \n', /begins like JSON and is none, neither as a whole nor line by line$/],
];

for (const [what, text, reason, changes] of REFUSED)
	test(`a trace is refused that has ${what}`, () => {
		const bytes = what === 'bytes that are no text' ? Buffer.from(text, 'latin1') : text;
		assert.throws(() => read(bytes, changes), reason);
	});

test('a benchmark without times gives its lengths', () => {
	writeFileSync(path, JSON.stringify(BENCH));
	const scale = { prefillScale: 1, decodeScale: 1, zeroTokens: 'one' } as const;
	const reader = lengthReader(path, { ...scale, maxTokens: 4096 });
	const cursor = reader.start();
	const prompts: number[] = [];
	while (reader.read(cursor)) prompts.push(reader.request.prefillTokens);
	assert.equal(prompts, [100, 200, 300]);
});

test.run();
