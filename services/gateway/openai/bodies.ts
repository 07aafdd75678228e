import * as z from 'zod';

/** Requests as OpenAI's API has them, as far as they mean something here. */

const Positive = z.int().positive();
/** It changes how words are chosen, of which there are none here: taken, and without effect. */
const Ignored = z.unknown().optional();

const Sampling = {
	...{ temperature: Ignored, top_p: Ignored, top_k: Ignored, min_p: Ignored, seed: Ignored },
	...{ presence_penalty: Ignored, frequency_penalty: Ignored, repetition_penalty: Ignored },
	...{ logit_bias: Ignored, user: Ignored, metadata: Ignored, store: Ignored },
	...{ service_tier: Ignored, safety_identifier: Ignored, prompt_cache_key: Ignored },
	...{ reasoning_effort: Ignored, verbosity: Ignored, parallel_tool_calls: Ignored },
	...{ skip_special_tokens: Ignored, repetition_detection: Ignored, min_tokens: Ignored },
};

const Common = {
	/** Left out: the first model that is served. */
	model: z.string().min(1).optional(),
	stream: z.boolean().nullish(),
	stream_options: z
		.strictObject({
			include_usage: z.boolean().optional(),
			include_obfuscation: z.boolean().optional(),
			continuous_usage_stats: z.literal(false).optional(),
		})
		.nullish(),
	max_tokens: Positive.nullish(),
	stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(16)]).nullish(),
	n: z.literal(1, { error: 'one answer at a time: n must be 1' }).nullish(),
	/** As vLLM has it: without a limit the answer is as long as the model bears. */
	ignore_eos: z.boolean().nullish(),
	...Sampling,
};

const Tokens = z.array(z.int().nonnegative()).min(1);

export const CompletionBody = z.strictObject({
	...Common,
	prompt: z.union([
		z.string().min(1),
		Tokens,
		z.array(z.string().min(1)).length(1, { error: 'one prompt at a time' }),
		z.array(Tokens).length(1, { error: 'one prompt at a time' }),
	]),
	best_of: z.literal(1).nullish(),
	echo: z.literal(false).nullish(),
	logprobs: z.literal(0).nullish(),
	suffix: z.literal('').nullish(),
});
export type CompletionBody = z.infer<typeof CompletionBody>;

const TextPart = z.strictObject({ type: z.literal('text'), text: z.string() });
const Content = z.union([z.string(), z.array(TextPart)]).nullish();

const Message = z.looseObject({
	role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
	content: Content,
	name: z.string().optional(),
	tool_calls: z.array(z.unknown()).optional(),
});

export const ChatBody = z.strictObject({
	...Common,
	messages: z.array(Message).min(1),
	max_completion_tokens: Positive.nullish(),
	/** They are a part of the prompt; nothing here calls them. */
	tools: z.array(z.unknown()).optional(),
	tool_choice: z.enum(['auto', 'none']).optional(),
	response_format: z.strictObject({ type: z.literal('text') }).optional(),
	logprobs: z.literal(false).nullish(),
	top_logprobs: z.literal(0).nullish(),
	modalities: z.array(z.literal('text')).nullish(),
});
export type ChatBody = z.infer<typeof ChatBody>;
