/** Text as tokens, and how many it has. */
export interface Tokenizer {
	encode(text: string): readonly number[];
}

/**
 * OpenAI's encoding cl100k_base, near to those of today's open models, whose tokens of English differ by some percent. It
 * takes a quarter of a second and some megabytes, so it is loaded when somebody asks for the first time.
 */
export async function loadTokenizer(): Promise<Tokenizer> {
	const { encode } = await import('gpt-tokenizer/encoding/cl100k_base');
	// What looks like a control token in a text is text.
	return { encode: (text) => encode(text, { disallowedSpecial: new Set() }) };
}
