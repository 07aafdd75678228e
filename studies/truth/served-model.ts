import { shippedCard } from '../../silicon/profile/load-cards.ts';

/** How a scenario names the model of a measured run. */
export interface ServedModel {
	/** A name, or that of one of the files. */
	readonly name: string;
	/** Beside the scenario: a card of its own, where weights are kept otherwise than in the one that ships. */
	readonly files: Readonly<Record<string, string>>;
}

const CARD = 'model.yaml';

/**
 * The model of a measured run as a user would name it: the card that ships, or one of its own that differs in its weights.
 *
 * @param name as its source writes it
 * @param weights as its source writes them
 */
export function servedModel(name: string, weights: string): ServedModel {
	const card = shippedCard(baseName(name));
	const format = formatOf(name, weights);
	// What does not ship is refused by its name.
	if (card === null) return { name, files: {} };
	if (format === null || format === (card.weights ?? 'bf16')) return { name: card.name, files: {} };
	const { aliases: _, ...own } = card as typeof card & { aliases?: unknown };
	const changed = { ...own, name: `${card.name}-${format}`, weights: format };
	return { name: CARD, files: { [CARD]: `${JSON.stringify(changed)}\n` } };
}

/** Without what only says how weights are kept. */
function baseName(name: string): string {
	return name.replace(/^RedHatAI\//, 'meta-llama/').replace(/-FP8(-dynamic)?$/, '');
}

/** Qwen keeps its FP8 in blocks, others by tensor or channel; null: as the card has it. */
function formatOf(name: string, weights: string): 'bf16' | 'fp8' | 'fp8_block' | null {
	const text = weights.toLowerCase();
	if (text === 'mxfp4' || /DeepSeek|gpt-oss/.test(name)) return null;
	if (text === 'fp8_block' || (text === 'fp8' && /^Qwen\/.*-FP8$/.test(name))) return 'fp8_block';
	return text === 'fp8' ? 'fp8' : 'bf16';
}
