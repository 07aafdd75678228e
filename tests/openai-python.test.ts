import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { type OpenAiServer, serveOpenAi } from './openai.test-support.ts';

/** OpenAI's own client for Python against a run in real time, unchanged. */
const test = suite('OpenAI’s client for Python');

const LIMIT_MS = 300_000;

/** A Python that has the client: that of `make peers`, or the machine's own. */
const python = [projectFile('.build/peers/bin/python'), 'python3']
	.filter((path) => !path.includes('/') || existsSync(path))
	.find((path) => spawnSync(path, ['-c', 'import openai'], { stdio: 'ignore' }).status === 0);

const CHAT = `
import asyncio, json, sys
from openai import AsyncOpenAI, OpenAI, APIStatusError

url = sys.argv[1]
client = OpenAI(base_url=url, api_key="none", max_retries=0)
model = client.models.list().data[0].id
messages = [{"role": "user", "content": "Hello there"}]
whole = client.chat.completions.create(model=model, messages=messages, max_tokens=9)
stream = client.chat.completions.create(
    model=model, messages=messages, max_tokens=9, stream=True, stream_options={"include_usage": True}
)
text, usage = "", None
for chunk in stream:
    if chunk.usage is not None:
        usage = chunk.usage
    for choice in chunk.choices:
        text += choice.delta.content or ""
try:
    client.chat.completions.create(model="none", messages=messages)
    refused = None
except APIStatusError as error:
    refused = [error.status_code, error.code]

async def many():
    async with AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as others:
        answers = await asyncio.gather(
            *(others.completions.create(model=model, prompt="Once", max_tokens=5) for _ in range(20))
        )
        return [answer.usage.completion_tokens for answer in answers]

print(json.dumps({
    "model": model,
    "same": whole.choices[0].message.content == text,
    "finish": whole.choices[0].finish_reason,
    "tokens": [whole.usage.completion_tokens, usage.completion_tokens, usage.prompt_tokens],
    "joules": whole.usage.gridbeat["energy_joules"] > 0,
    "refused": refused,
    "many": asyncio.run(many()),
}))
`;

async function runPython(path: string, server: OpenAiServer): Promise<string> {
	const child = spawn(path, ['-c', CHAT, server.url], {
		stdio: ['ignore', 'pipe', 'inherit'],
		timeout: LIMIT_MS,
	});
	let said = '';
	child.stdout.on('data', (chunk: Buffer) => {
		said += chunk.toString();
	});
	const code = await new Promise((resolve) => child.on('close', resolve));
	assert.is(code, 0);
	return said;
}

if (python === undefined) test('skipped: no Python has the package openai (make peers)', () => {});
else
	test('a chat goes on unchanged, whole, streamed and many at a time', async () => {
		const server = await serveOpenAi({ serving: { replicas: 2 } });
		try {
			assert.equal(JSON.parse(await runPython(python, server)), {
				...{ model: 'meta-llama/Meta-Llama-3-8B', same: true, finish: 'length' },
				...{ tokens: [9, 9, 9], joules: true, refused: [404, 'model_not_found'] },
				many: Array.from({ length: 20 }, () => 5),
			});
		} finally {
			await server.stop();
		}
	});

test.run();
