/**
 * What answers are made of: words that are a token each, so that an answer has exactly the tokens that it should, also where a
 * client sends it back as a part of the next prompt.
 */
const WORDS = (
	'This answer stands in for the words of a model that is simulated here : its tokens come at the times at which ' +
	'the model would have made them , and they mean nothing .'
).split(' ');

/** Token number `index` of an answer, as text. */
function fillerToken(index: number): string {
	const word = WORDS[index % WORDS.length] as string;
	return index === 0 ? word : ` ${word}`;
}

/** An answer. */
export interface Filler {
	/** Of each token. */
	readonly tokens: readonly string[];
	/** Why it is no longer. */
	readonly finish: 'stop' | 'length';
}

/** What is asked of an answer. */
export interface FillerWish {
	readonly tokens: number;
	/** Whether that is a limit that the answer runs into, and not its own end. */
	readonly isLimit: boolean;
	/** Texts before which it ends. */
	readonly stop: readonly string[];
}

/** An answer of so many tokens, or of fewer where a text comes at which it shall stop. */
export function fillerAnswer({ tokens, isLimit, stop }: FillerWish): Filler {
	const list: string[] = [];
	let text = '';
	for (let i = 0; i < tokens; i++) {
		const token = fillerToken(i);
		list.push(token);
		text += token;
		const at = Math.min(
			...stop.map((end) => (text.includes(end) ? text.indexOf(end) : Number.POSITIVE_INFINITY)),
		);
		if (at !== Number.POSITIVE_INFINITY) return { tokens: cut(list, at), finish: 'stop' };
	}
	return { tokens: list, finish: isLimit ? 'length' : 'stop' };
}

/** The tokens up to a place in their text. Those after it are made and not shown, so they stay, as nothing. */
function cut(tokens: readonly string[], at: number): string[] {
	let from = 0;
	return tokens.map((token) => {
		const shown = token.slice(0, Math.max(0, at - from));
		from += token.length;
		return shown;
	});
}
