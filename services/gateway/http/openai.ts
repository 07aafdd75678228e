import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { App, GatewayContext } from '../context.ts';
import { type AnswerHead, wholeAnswer } from '../openai/answer.ts';
import { ChatBody, CompletionBody } from '../openai/bodies.ts';
import { closedError, OPENAI_REFUSALS, OpenAiError, sendError } from '../openai/errors.ts';
import type { AskedRequest, Exchange, Served } from '../openai/exchange.ts';
import { fillerAnswer } from '../openai/filler.ts';
import { ANSWER_END, chatTokens, completionTokens, piecesOf } from '../openai/prompt.ts';
import { streamAnswer } from '../openai/stream.ts';
import { loadTokenizer, type Tokenizer } from '../openai/tokenizer.ts';
import type { RunsHost } from '../runs-host.ts';

/** Prompts may be long: some million tokens. */
const BODY_BYTES = 32 << 20;
/** Of what OpenAI's API gives where nothing is said: of completions, and here of chats too, whose models end by themselves. */
const COMPLETION_TOKENS = 16;
const CHAT_TOKENS = 256;

const Loose = z.looseObject({});

/** `/v1/…`: runs of real time as OpenAI's API has models, for its clients. */
export function openai(app: App, { runs, clock }: GatewayContext): void {
	app.setErrorHandler(sendError);
	app.addHook('onSend', async (request, reply) => {
		const { id } = request;
		const own = request.headers['x-request-id'];
		const isPlain = typeof own === 'string' && /^[\x21-\x7e]{1,200}$/.test(own);
		void reply.header('x-request-id', isPlain ? own : id);
	});
	const endpoint = new Endpoint(runs, clock);
	const about = (summary: string) => ({ tags: ['openai'], summary });
	const answers = { response: { 200: Loose, ...OPENAI_REFUSALS } };
	app.get(
		'/v1/models',
		{ schema: { ...about('models of the runs that take requests'), ...answers } },
		() => ({ object: 'list', data: endpoint.models() }),
	);
	app.get(
		'/v1/models/:model',
		{
			schema: {
				...{ ...about('one of them'), ...answers },
				params: z.strictObject({ model: z.string() }),
			},
		},
		({ params }) => endpoint.model(params.model),
	);
	// Names have slashes, which not everybody writes as %2F.
	app.get(
		'/v1/models/*',
		{ schema: { hide: true, params: z.strictObject({ '*': z.string() }) } },
		({ params }) => endpoint.model(params['*']),
	);
	const streamed = { ...answers, produces: ['application/json', 'text/event-stream'] };
	// A limit of requests is that of the run.
	const config = { rateLimit: false };
	app.post(
		'/v1/completions',
		{
			...{ config, bodyLimit: BODY_BYTES },
			schema: { ...about('an answer to a prompt'), body: CompletionBody, ...streamed },
		},
		(request, reply) => endpoint.completion(request.body, request, reply),
	);
	app.post(
		'/v1/chat/completions',
		{
			...{ config, bodyLimit: BODY_BYTES },
			schema: { ...about('an answer to a chat'), body: ChatBody, ...streamed },
		},
		(request, reply) => endpoint.chat(request.body, request, reply),
	);
}

/** What is asked, once it is counted. */
interface Counted {
	readonly kind: AnswerHead['kind'];
	readonly tokens: readonly number[];
	/** Most tokens of the answer; null: it ends by itself. */
	readonly limit: number | null;
	/** Where it ends by itself. */
	readonly usual: number;
}

class Endpoint {
	readonly #runs: RunsHost;
	readonly #clock: GatewayContext['clock'];

	constructor(runs: RunsHost, clock: GatewayContext['clock']) {
		this.#runs = runs;
		this.#clock = clock;
	}

	models() {
		const names = this.#exchanges().flatMap(({ models }) => models);
		const seen = new Map(names.map((model) => [model.name, model]));
		return [...seen.values()].map(({ name, maxTokens }) => ({
			...{ id: name, object: 'model', created: 0, owned_by: 'gridbeat' },
			max_model_len: maxTokens,
		}));
	}

	model(name: string) {
		const found = this.models().find(({ id }) => id === name);
		if (found === undefined) throw unknownModel(name);
		return found;
	}

	async completion(body: CompletionBody, request: FastifyRequest, reply: FastifyReply) {
		const counted: Counted = {
			kind: 'completion',
			tokens: completionTokens(await loadTokenizer(), body),
			limit: body.max_tokens ?? (body.ignore_eos === true ? null : COMPLETION_TOKENS),
			usual: Number.POSITIVE_INFINITY,
		};
		return this.#answer(counted, body, request, reply);
	}

	async chat(body: ChatBody, request: FastifyRequest, reply: FastifyReply) {
		const counted: Counted = {
			kind: 'chat',
			tokens: chatTokens(await loadTokenizer(), body),
			limit: body.max_completion_tokens ?? body.max_tokens ?? null,
			usual: body.ignore_eos === true ? Number.POSITIVE_INFINITY : CHAT_TOKENS,
		};
		return this.#answer(counted, body, request, reply);
	}

	async #answer(
		counted: Counted,
		body: CompletionBody | ChatBody,
		request: FastifyRequest,
		reply: FastifyReply,
	) {
		const { exchange, model } = this.#place(body.model);
		const { kind, tokens } = counted;
		const { name, maxTokens } = exchange.models[model] as Exchange['models'][number];
		const left = maxTokens - tokens.length;
		checkLength(counted, name, maxTokens);
		const wanted = Math.min(counted.limit ?? counted.usual, left);
		const answer = fillerAnswer({
			...{ tokens: wanted, isLimit: counted.limit !== null || wanted === left },
			stop: [body.stop ?? []].flat(),
		});
		const pieces = await piecesFor(exchange, counted, answer.tokens);
		const asked = {
			model,
			promptTokens: tokens.length,
			answerTokens: answer.tokens.length,
			pieces,
		};
		const head: AnswerHead = {
			...{ kind, id: `${kind === 'chat' ? 'chatcmpl' : 'cmpl'}-${request.id}`, model: name },
			...{ created: Math.floor(this.#clock.epochMs() / 1000), answer },
			promptTokens: tokens.length,
		};
		if (body.stream === true) {
			const withUsage = body.stream_options?.include_usage === true;
			return streamAnswer(exchange, asked, { head, reply, withUsage });
		}
		const served = await whole(exchange, asked, reply);
		const joules = served.energyWh * 3600;
		void reply.header('x-gridbeat-energy-joules', joules.toPrecision(6));
		if (served.carbonG !== null)
			void reply.header('x-gridbeat-carbon-grams', served.carbonG.toPrecision(6));
		return wholeAnswer(head, served);
	}

	/** Runs that can be asked, the one that was started last first. */
	#exchanges(): readonly Exchange[] {
		return this.#runs
			.live()
			.map(({ exchange }) => exchange)
			.filter(({ models }) => models.length > 0)
			.reverse();
	}

	/** The run that has a model, and the place of the model there. @throws OpenAiError where none has */
	#place(wanted: string | undefined): { readonly exchange: Exchange; readonly model: number } {
		const exchanges = this.#exchanges();
		const [first] = exchanges;
		if (first === undefined)
			throw new OpenAiError(
				503,
				'No run takes requests: start one in real time whose scenario has requests.source live',
			);
		if (wanted === undefined) return { exchange: first, model: 0 };
		for (const exchange of exchanges) {
			const model = exchange.models.findIndex(({ name }) => name === wanted);
			if (model >= 0) return { exchange, model };
		}
		throw unknownModel(wanted);
	}
}

function unknownModel(name: string): OpenAiError {
	return new OpenAiError(404, `The model '${name}' does not exist here`, {
		...{ code: 'model_not_found', param: 'model' },
	});
}

function checkLength({ kind, tokens, limit }: Counted, name: string, maxTokens: number): void {
	const asked = tokens.length + Math.max(1, limit ?? 1);
	if (asked <= maxTokens) return;
	const param = kind === 'chat' ? 'messages' : 'prompt';
	throw new OpenAiError(
		400,
		`The maximum context length of ${name} is ${maxTokens} tokens here; asked are ${asked}: ` +
			`${tokens.length} of the prompt and ${asked - tokens.length} of the answer`,
		{ code: 'context_length_exceeded', param },
	);
}

/** What the prompt begins with, where somebody asks; with the answer, which the next turn of a chat begins with too. */
async function piecesFor(
	{ pieceTokens }: Exchange,
	{ kind, tokens }: Counted,
	answer: readonly string[],
): Promise<number[]> {
	if (pieceTokens === null) return [];
	const tokenizer: Tokenizer = await loadTokenizer();
	const end = kind === 'chat' ? ANSWER_END : [];
	return piecesOf([...tokens, ...tokenizer.encode(answer.join('')), ...end], pieceTokens);
}

/** The whole answer, once it is there. */
function whole(exchange: Exchange, asked: AskedRequest, reply: FastifyReply): Promise<Served> {
	return new Promise((resolve, reject) => {
		const submitted = exchange.submit(asked, {
			tokens: () => {},
			served: resolve,
			failed: (reason) => reject(new OpenAiError(503, `The run cannot answer: ${reason}`)),
		});
		if (submitted.type === 'refused') reject(closedError(submitted.why));
		else reply.raw.once('close', () => exchange.forget(submitted.arrival));
	});
}
