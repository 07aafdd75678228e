import { namedPrng } from '../kernel/actor/random.ts';

/** Asks a server of OpenAI's API, streamed, with exponential gaps as `vllm bench serve` has them, and prints when what came. `node openai-client.js URL REQUESTS PER_SECOND` */
const [url = '', requests = '', rate = ''] = process.argv.slice(2);

/** Of one request: from being sent to its tokens, ms. */
async function one(tokens: number): Promise<number[]> {
	const sentMs = performance.now();
	const answer = await fetch(`${url}/completions`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ prompt: 'word '.repeat(200), max_tokens: tokens, stream: true }),
	});
	if (answer.status !== 200 || answer.body === null) throw new Error(`${answer.status}`);
	const times: number[] = [];
	const decoder = new TextDecoder();
	for await (const bytes of answer.body as unknown as AsyncIterable<Uint8Array>) {
		const text = decoder.decode(bytes, { stream: true });
		for (const line of text.split('\n'))
			if (line.startsWith('data: {') && line.includes('"finish_reason":null'))
				times.push(performance.now() - sentMs);
	}
	return times;
}

/** A round trip that simulates nothing: what client, server and machine take by themselves, ms. */
async function roundTrip(): Promise<number> {
	const sentMs = performance.now();
	await (await fetch(url.replace(/\/v1$/, '/health'))).text();
	return performance.now() - sentMs;
}

/** To the next request, ms. */
function gapMs(): number {
	return (prng.exponential() * 1000) / Number(rate);
}

await one(20);
const prng = namedPrng('bench/openai/gaps');
const streams: Promise<number[]>[] = [];
const trips: number[] = [];
for (let i = 0; i < Number(requests); i++) {
	streams.push(one(20 + ((i * 37) % 100)));
	trips.push(await roundTrip());
	await new Promise((resolve) => setTimeout(resolve, gapMs()));
}
console.log(JSON.stringify({ streams: await Promise.all(streams), trips }));
