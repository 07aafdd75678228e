import OpenAI from 'openai';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eventually, readRows } from './cli.ts';
import { liveScenario, repeatLive, tablesOf } from './live-runs.test-support.ts';
import { type OpenAiServer, serveOpenAi } from './openai.test-support.ts';

/** A run in real time as OpenAI's own client sees it. */
const test = suite('OpenAI’s API');

const MODEL = 'meta-llama/Meta-Llama-3-8B';
const HELLO = [{ role: 'user' as const, content: 'Hello there, what do you stand in for?' }];

let server: OpenAiServer;
let client: OpenAI;
test.before(async () => {
	server = await serveOpenAi({
		serving: { replicas: 2, prefixCache: { type: 'shared' } },
		requests: { source: 'live', maxOutstanding: 300 },
	});
	client = new OpenAI({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });
});
test.after(async () => server.stop());

test('models are listed, and found by their names', async () => {
	const { data } = await client.models.list();
	assert.equal(
		data.map(({ id }) => id),
		[MODEL],
	);
	assert.is((await client.models.retrieve(MODEL)).object, 'model');
	const { response } = await client.models.list().withResponse();
	assert.match(response.headers.get('x-request-id') ?? '', /^req-\w+$/);
	const error = await refused(client.models.retrieve('gpt-none'));
	assert.equal([error.status, error.code], [404, 'model_not_found']);
});

test('a chat is answered by exactly the tokens that were asked, with what they took', async () => {
	const { data, response } = await client.chat.completions
		.create(
			{ model: MODEL, messages: HELLO, max_tokens: 12 },
			{ headers: { 'x-request-id': 'mine' } },
		)
		.withResponse();
	const [choice] = data.choices;
	assert.equal([choice?.finish_reason, choice?.message.role], ['length', 'assistant']);
	assert.is(choice?.message.content?.split(/\s/).length, 12);
	// Three marks and the role of a message, ten tokens of text, and three for the answer.
	assert.equal(
		[data.usage?.prompt_tokens, data.usage?.completion_tokens, data.usage?.total_tokens],
		[17, 12, 29],
	);
	assert.is(response.headers.get('x-request-id'), 'mine');
	assert.ok(Number(response.headers.get('x-gridbeat-energy-joules')) > 1);
	assert.ok(Number(response.headers.get('x-gridbeat-carbon-grams')) > 0);
	const { gridbeat } = data.usage as unknown as { gridbeat: Record<string, unknown> };
	assert.match(String(gridbeat['replica']), /^replica-[12]$/);
});

test('a streamed chat comes token by token, with its usage at the end', async () => {
	const stream = await client.chat.completions.create({
		...{ model: MODEL, messages: HELLO, max_completion_tokens: 20, stream: true },
		stream_options: { include_usage: true },
	});
	const pieces: string[] = [];
	let finish: string | null = null;
	let usage: OpenAI.CompletionUsage | undefined;
	for await (const { choices, usage: counted } of stream) {
		const [choice] = choices;
		if (choice?.delta.content) pieces.push(choice.delta.content);
		finish ??= choice?.finish_reason ?? null;
		usage ??= counted ?? undefined;
	}
	assert.is(pieces.join('').split(' ').length, 20);
	assert.ok(pieces.length > 5, `${pieces.length} pieces`);
	assert.equal([finish, usage?.completion_tokens], ['length', 20]);
});

test('completions are answered, of text and of tokens, and end where they shall stop', async () => {
	const asked = { model: MODEL, prompt: 'Once upon a time' };
	const usual = await client.completions.create(asked);
	assert.is(usual.usage?.completion_tokens, 16);
	const tokens = await client.completions.create({ ...asked, prompt: [1, 2, 3], max_tokens: 1 });
	assert.equal([tokens.usage?.prompt_tokens, tokens.choices[0]?.text], [3, 'This']);
	const stopped = await client.completions.create({ ...asked, max_tokens: 50, stop: ' words' });
	assert.equal(
		[stopped.choices[0]?.text, stopped.choices[0]?.finish_reason],
		['This answer stands in for the', 'stop'],
	);
	assert.is(stopped.usage?.completion_tokens, 7);
	let text = '';
	const stream = await client.completions.create({ ...asked, stream: true, max_tokens: 5 });
	for await (const { choices } of stream) text += choices[0]?.text ?? '';
	assert.is(text, 'This answer stands in for');
});

test('a chat that goes on finds what it began with in the cache, its answer included', async () => {
	const content = 'A question of some length, so that it fills blocks of the cache. '.repeat(20);
	const first = { role: 'user' as const, content };
	const one = await client.chat.completions.create({
		...{ model: MODEL, messages: [first], max_tokens: 200 },
	});
	const { replica } = (one.usage as unknown as { gridbeat: { replica: string } }).gridbeat;
	const answer = { role: 'assistant' as const, content: one.choices[0]?.message.content ?? '' };
	const next = { role: 'user' as const, content: 'Go on' };
	// Two replicas take turns.
	for (let turn = 0; ; turn++) {
		const two = await client.chat.completions.create({
			...{ model: MODEL, messages: [first, answer, next], max_tokens: 2 },
		});
		const { gridbeat } = two.usage as unknown as { gridbeat: { replica: string } };
		if (gridbeat.replica !== replica && turn < 2) continue;
		const cached = two.usage?.prompt_tokens_details?.cached_tokens ?? 0;
		const before = (one.usage?.total_tokens ?? 0) - 32;
		assert.ok(cached >= before && cached > 400, `${cached} of ${before}`);
		break;
	}
});

test('what cannot be answered is refused as OpenAI does', async () => {
	const chat = (body: object) =>
		refused(
			client.chat.completions.create({
				...{ model: MODEL, messages: HELLO },
				...body,
			} as OpenAI.ChatCompletionCreateParamsNonStreaming),
		);
	const long = await chat({ messages: [{ role: 'user', content: 'word '.repeat(5_000) }] });
	assert.equal([long.status, long.code, long.param], [400, 'context_length_exceeded', 'messages']);
	assert.match(
		long.message,
		/maximum context length of meta-llama\/Meta-Llama-3-8B is 4096 tokens/,
	);
	assert.is((await chat({ max_tokens: 4_090 })).code, 'context_length_exceeded');
	assert.equal((await chat({ model: 'gpt-none' })).status, 404);
	const many = await chat({ n: 3 });
	assert.equal([many.status, many.param], [400, 'n']);
	assert.is((await chat({ messages: [] })).param, 'messages');
	assert.is((await chat({ temprature: 1 })).status, 400);
	const sampled = {
		model: MODEL,
		messages: HELLO,
		max_tokens: 1,
		temperature: 1,
		top_p: 0.5,
		seed: 1,
	};
	assert.is((await client.chat.completions.create(sampled)).usage?.completion_tokens, 1);
	const none = await fetch(`${server.url}/chat/completions`, { method: 'POST', body: '{' });
	const { error } = (await none.json()) as { error: object };
	assert.equal([none.status, Object.keys(error)], [415, ['message', 'type', 'param', 'code']]);
});

async function refused(work: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
	return work.then(
		() => assert.unreachable('it is answered'),
		(error: InstanceType<typeof OpenAI.APIError>) => error,
	) as Promise<InstanceType<typeof OpenAI.APIError>>;
}

test('200 streams at a time are all answered, and one too many is told so', async () => {
	const stream = async (i: number) => {
		const answer = await client.chat.completions.create({
			...{ model: MODEL, messages: HELLO, max_tokens: 30 + (i % 7), stream: true },
		});
		let text = '';
		for await (const { choices } of answer) text += choices[0]?.delta.content ?? '';
		assert.is(text.split(' ').length, 30 + (i % 7));
	};
	await Promise.all(Array.from({ length: 200 }, (_, i) => stream(i)));
	assert.is(server.exchange.outstanding, 0);
	const gone = new AbortController();
	const waiting = Array.from({ length: 300 }, () =>
		client.chat.completions
			.create({ model: MODEL, messages: HELLO, max_tokens: 3_000 }, { signal: gone.signal })
			.catch(() => null),
	);
	await eventually('300 requests', () => server.exchange.closed === 'full');
	const error = await refused(client.chat.completions.create({ model: MODEL, messages: HELLO }));
	assert.equal([error.status, error.code], [429, 'rate_limit_exceeded']);
	gone.abort();
	await Promise.all(waiting);
	await eventually('nobody waits', () => server.exchange.outstanding === 0);
});

test('a run that is over answers nobody, and its tables follow from its log', async () => {
	await server.stop();
	const rows = readRows(server.folder, 'request_metrics.csv');
	assert.ok(rows.length > 200, `${rows.length} rows`);
	const scenario = liveScenario({
		...{ until: '10m', step: '1s', window: '1s', pace: 1 },
		serving: { replicas: 2, prefixCache: { type: 'shared' } },
		requests: { source: 'live', maxOutstanding: 300 },
	});
	const again = tablesOf(await repeatLive(scenario, server.folder));
	// The run was ended before its time: its tables are the beginning of the others.
	for (const [name, text] of tablesOf(server.folder))
		assert.ok(again.get(name)?.startsWith(text), `${name} begins alike`);
});

test.run();
