import type { Request } from '../../services/replica/engine/admission.ts';
import type { BatchObserver, StageRecord } from '../../services/replica/engine/observer.ts';

/** A request on its way: what is left of its prompt, and its last token. */
interface Progress {
	readonly isMeasured: boolean;
	readonly prefillTokens: number;
	readonly decodeTokens: number;
	promptLeft: number;
	emitted: number;
	lastS: number;
}

/**
 * Times between the tokens of a request, as its user sees them: from the end of the batch that made one token
 * to the end of the batch that made the next, waiting and recomputation in between included. The first token
 * is that of the prompt; the time to it is the TTFT and no gap. With pipeline stages a token is there when the
 * last stage is done. Exact, but for a preempted request whose recomputation begins with a chunk of one token,
 * which is taken for a token.
 */
export class TokenGaps implements BatchObserver {
	readonly #inFlight = new Map<number, Progress>();
	readonly #lastStage: number;
	readonly #gaps: Pairs = {
		values: new Float64Array(1024),
		weights: new Float64Array(1024),
		length: 0,
	};

	constructor(pipelineStages: number) {
		this.#lastStage = pipelineStages - 1;
	}

	/** Tells of a request before it is submitted; the gaps of those not measured are left out. */
	expect({ id, prefillTokens, decodeTokens }: Request, isMeasured: boolean): void {
		this.#inFlight.set(id, {
			isMeasured,
			prefillTokens,
			decodeTokens,
			promptLeft: prefillTokens,
			emitted: 0,
			lastS: Number.NaN,
		});
	}

	ran({ stage, startS, durationS, endS, count, requestIds, tokens }: StageRecord): void {
		if (stage !== this.#lastStage) return;
		// A run of several is of decode batches alone, all with the same requests.
		const firstEndS = count === 1 ? endS : startS + durationS;
		let repeated = 0;
		for (let i = 0; i < requestIds.length; i++) {
			const id = requestIds[i] as number;
			const progress = this.#inFlight.get(id);
			if (progress === undefined || !this.#emits(progress, tokens[i] as number)) continue;
			if (progress.isMeasured) {
				if (progress.emitted > 0) this.#push(firstEndS - progress.lastS, 1);
				repeated += count - 1;
			}
			progress.emitted += count;
			progress.lastS = endS;
			if (progress.emitted >= progress.decodeTokens) this.#inFlight.delete(id);
		}
		if (repeated > 0) this.#push(durationS, repeated);
	}

	/** The gaps, each with how often it occurred. */
	gaps(): { values: Float64Array; weights: Float64Array } {
		const { values, weights, length } = this.#gaps;
		return { values: values.subarray(0, length), weights: weights.subarray(0, length) };
	}

	/** Books a request's tokens of a batch; whether it put one out. */
	#emits(progress: Progress, tokens: number): boolean {
		// Preempted: prompt and tokens so far are computed again, as one prompt.
		if (progress.promptLeft === 0 && tokens > 1)
			progress.promptLeft = progress.prefillTokens + progress.emitted;
		if (progress.promptLeft === 0) return true;
		progress.promptLeft = Math.max(0, progress.promptLeft - tokens);
		return progress.promptLeft === 0;
	}

	#push(value: number, weight: number): void {
		const gaps = this.#gaps;
		if (gaps.length === gaps.values.length) {
			gaps.values = grown(gaps.values);
			gaps.weights = grown(gaps.weights);
		}
		gaps.values[gaps.length] = value;
		gaps.weights[gaps.length] = weight;
		gaps.length++;
	}
}

interface Pairs {
	values: Float64Array;
	weights: Float64Array;
	length: number;
}

function grown(column: Float64Array): Float64Array {
	const larger = new Float64Array(2 * column.length);
	larger.set(column);
	return larger;
}
