import { ConfigError } from '../../protocol/errors.ts';
import type { FeedQuantity } from '../../protocol/signals.ts';

/** A value that holds from its time until the next point's. */
export interface FeedPoint {
	/** Epoch, ms: the start of the interval that the value is the mean of, whatever the feed labels it by. */
	readonly fromMs: number;
	readonly value: number;
	/** Whether it was foretold and not measured when it was received. */
	readonly isForecast: boolean;
}

/** What a feed gave at one time, to be kept with the run. */
export interface FeedAnswer {
	readonly quantity: FeedQuantity;
	/** Of `points`, after conversion: g/kWh, W/m2, degC, m/s, W, EUR/kWh, percentile. */
	readonly unit: string;
	/** The newest value as the feed gave it, before conversion; null where there is none or nothing was converted. */
	readonly given: { readonly unit: string; readonly value: number } | null;
	/** In order of time, each time once; where the source has no value there is none. */
	readonly points: readonly FeedPoint[];
	/** How many values were left out because they lie outside the bounds. */
	readonly outOfBounds: number;
	/** By the clock of this machine, epoch ms. */
	readonly receivedAtMs: number;
	/** What the source's clock said when it answered, epoch ms, to the second; null where it did not say. */
	readonly serverDateMs: number | null;
	/** The address that was asked, without secrets. */
	readonly from: string;
	/** Whom to name, as the licence of the source requires. */
	readonly attribution: string;
	/** What stands in for what was asked for, in sentences for people; empty when nothing does. */
	readonly notes: readonly string[];
}

/** What a feed gave for a span. */
export interface RangeAnswer extends FeedAnswer {
	/** From here on the source has no values, by its plan: the last one stands for the rest. Null: it has all that is known. */
	readonly heldFromMs: number | null;
}

/** A span of civil time, `[fromMs, untilMs)`, epoch ms. */
export interface FeedSpan {
	readonly fromMs: number;
	readonly untilMs: number;
}

/** A source that can be asked while a run goes on. */
export interface LiveFeed {
	/** For messages: `Electricity Maps zone "DE"`. */
	readonly name: string;
	/** Between two polls, ms: the shortest time that the source's documentation allows, or what is usual of one's own. */
	readonly everyMs: number;
	/** The shortest time that a scenario may ask for, ms; absent: `everyMs`. */
	readonly leastEveryMs?: number;
	/** For how long one of its values holds, ms; null where that varies. */
	readonly stepMs: number | null;
	/**
	 * The values around now, and what is foretold. `unchanged`: the same as this feed answered last, so whoever may need that
	 * again keeps it.
	 *
	 * @param nowMs epoch ms, by the source's clock where that is known
	 * @throws FeedError
	 */
	poll(nowMs: number, signal: AbortSignal): Promise<FeedAnswer | 'unchanged'>;
	/**
	 * All values of a span, from the one that holds at its start on, perhaps some before and after; absent where the source keeps no
	 * past. Where it has no value there is none: the caller looks for gaps longer than `stepMs`.
	 *
	 * @throws FeedError
	 */
	range?(span: FeedSpan, signal: AbortSignal): Promise<RangeAnswer>;
	/** Lets connections and files go; absent where there are none. */
	close?(): Promise<void>;
}

/**
 * refused: the source will give the same answer until somebody changes the key, the zone or the plan. limited: asked too often.
 * failed: not reached, or broken at its end. garbled: answered with something that cannot be used.
 */
export type FeedErrorKind = 'refused' | 'limited' | 'failed' | 'garbled';

/** A feed did not give what was asked for. One line, without secrets. */
export class FeedError extends ConfigError {
	readonly kind: FeedErrorKind;
	/** The HTTP status, or null where there was no HTTP answer. */
	readonly status: number | null;
	/** How long the source asks to be left alone, ms; null where it does not say. */
	readonly retryAfterMs: number | null;

	constructor(
		message: string,
		{
			kind,
			status = null,
			retryAfterMs = null,
		}: { kind: FeedErrorKind; status?: number | null; retryAfterMs?: number | null },
	) {
		super(message);
		this.kind = kind;
		this.status = status;
		this.retryAfterMs = retryAfterMs;
	}
}

/** What somebody wants to know of a feed. */
export interface FeedWanted {
	readonly quantity: FeedQuantity;
	/** Where, for feeds that know every place; null where no place is known. */
	readonly place: { readonly latitude: number; readonly longitude: number } | null;
}

/** What a feed needs of the machine that it runs on. */
export interface FeedEnv {
	/** The environment: keys of sources, proxies. */
	readonly keys: Readonly<Record<string, string | undefined>>;
	/** Epoch ms. */
	nowMs(): number;
	/** Resolves after a while; rejects when the signal aborts. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** From [0, 1): spreads polls, and changes no result. */
	random(): number;
	/** For one answer, ms. */
	readonly timeoutMs: number;
	/** The pause before the first retry, ms; doubled each time. */
	readonly retryBaseMs: number;
}
