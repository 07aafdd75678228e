/**
 * The prefix cache a second time, as simply as can be: blocks are objects, the free ones an array, and a block's
 * name is the text of all tokens up to its end.
 */
export interface NaiveBlock {
	name: string | null;
	holders: number;
}

/** Where the tokens of one request come from: names of pieces and their tokens in turns, then its own. */
export interface NaivePrompt {
	readonly id: number;
	readonly pieces: readonly number[];
}

export class NaiveCache {
	readonly #blockSize: number;
	readonly #free: NaiveBlock[];
	readonly #named = new Map<string, NaiveBlock>();

	constructor(numBlocks: number, blockSize: number) {
		this.#blockSize = blockSize;
		this.#free = Array.from({ length: numBlocks }, () => ({ name: null, holders: 0 }));
	}

	get freeBlocks(): number {
		return this.#free.length;
	}

	/** The blocks found of a prompt of `tokens` tokens, the last token not looked for. */
	find(prompt: NaivePrompt, tokens: number): NaiveBlock[] {
		const found: NaiveBlock[] = [];
		for (const name of this.#names(prompt, tokens - 1)) {
			const block = this.#named.get(name);
			if (block === undefined) break;
			found.push(block);
		}
		return found;
	}

	/** Holds what was found and `blocks` in all. */
	take(found: readonly NaiveBlock[], blocks: number): NaiveBlock[] {
		for (const block of found) {
			if (block.holders === 0) this.#free.splice(this.#free.indexOf(block), 1);
			block.holders++;
		}
		const held = [...found];
		while (held.length < blocks) held.push(this.grow());
		return held;
	}

	/** Overwrites the block that has been free for longest. */
	grow(): NaiveBlock {
		const block = this.#free.shift();
		if (block === undefined) throw new Error('no block is free');
		if (block.name !== null) this.#named.delete(block.name);
		block.name = null;
		block.holders = 1;
		return block;
	}

	/** Lets the full blocks among those held be found, where no other block has the content. */
	name(held: readonly NaiveBlock[], prompt: NaivePrompt, tokens: number): void {
		this.#names(prompt, tokens).forEach((name, i) => {
			const block = held[i];
			if (block === undefined || this.#named.has(name)) return;
			block.name = name;
			this.#named.set(name, block);
		});
	}

	/** Gives back what is held, the last first. */
	drop(held: readonly NaiveBlock[]): void {
		for (const block of [...held].reverse()) {
			block.holders--;
			if (block.holders === 0) this.#free.push(block);
		}
	}

	/** Names of the full blocks of the first `tokens` tokens. */
	#names({ id, pieces }: NaivePrompt, tokens: number): string[] {
		const names: string[] = [];
		let text = '';
		let piece = 0;
		let offset = 0;
		for (let token = 0; token < tokens; token++) {
			while (piece < pieces.length && offset === pieces[piece + 1]) {
				piece += 2;
				offset = 0;
			}
			const isOwn = piece >= pieces.length;
			text += isOwn ? `own${id}.${offset} ` : `${pieces[piece]}.${offset} `;
			offset++;
			if ((token + 1) % this.#blockSize === 0) names.push(text);
		}
		return names;
	}
}
