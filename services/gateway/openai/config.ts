import * as z from 'zod';
import { Field, Name } from '../../../protocol/readings.ts';

/** A model that can be asked for. */
export const ServedModel = z.strictObject({
	/** As the scenario calls it. */
	name: z.string().min(1),
	/** Most tokens of a request, prompt and answer together. */
	maxTokens: z.int().positive(),
});
export type ServedModel = z.infer<typeof ServedModel>;

/** Requests from outside, completely. */
export const ArrivalsConfig = z.strictObject({
	/** Where they are logged; absolute. Nobody is outside: they are read from there. */
	log: z.string().min(1),
	untilUs: z.int().positive(),
	/** Of one request; the first is asked for where none is named. */
	models: z.array(ServedModel).min(1),
	/** Tokens of a piece of a prompt; null: no cache is shared, so nobody asks what prompts begin with. */
	pieceTokens: z.int().positive().nullable(),
	/** Most that are under way; null: no limit. */
	maxOutstanding: z.int().positive().nullable(),
});
export type ArrivalsConfig = z.infer<typeof ArrivalsConfig>;

/** A site as far as those who ask have to know of it. */
export const AnsweringSite = z.strictObject({
	/** Behind the names of the ports; empty where there is one site. */
	suffix: z.string(),
	/** Fields of its replicas' port `requests`. */
	requests: z.array(Field).min(1),
	replicas: z.array(Name).min(1),
	/** Whether the grid's carbon intensity is known. */
	hasCarbon: z.boolean(),
});
export type AnsweringSite = z.infer<typeof AnsweringSite>;

/** What is passed on to those who ask. */
export const AnswersConfig = z.strictObject({
	/** Those that requests are sent to, as the router has them. */
	replicas: z.array(Name).min(1),
	sites: z.array(AnsweringSite).min(1),
});
export type AnswersConfig = z.infer<typeof AnswersConfig>;
