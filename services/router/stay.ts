import { SECOND_US } from '../../protocol/time.ts';

/**
 * What a site's completions have taught about how long a request stays there: a line through the stays of past
 * requests over how many were outstanding per replica when each completed, older ones counting ever less.
 * Plain data.
 */
export interface Stays {
	/** Of all requests, each worth what time has left of it. */
	weight: number;
	meanOutstanding: number;
	meanUs: number;
	/** Weighted sums of squares and products of what differs from the means. */
	squares: number;
	products: number;
	squaresUs: number;
}

/** What a replica has reported of its completions: how many, and how long they stayed in all. Plain data. */
export interface Heard {
	count: number;
	stayS: number;
}

/** After this many requests one counts half: long enough to average over long and short answers. */
const HALF_LIFE = 1000;
const DECAY = 0.5 ** (1 / HALF_LIFE);
/** Fewer say nothing of a slope. */
const LEAST_FOR_SLOPE = 8;
/** Standard errors by which a slope has to differ from none, and that are taken off it. */
const DOUBT = 2;

/** What is known of a replica’s stays before the first completion: nothing. */
export function noStays(): Stays {
	return {
		...{ weight: 0, meanOutstanding: 0, meanUs: 0 },
		...{ squares: 0, products: 0, squaresUs: 0 },
	};
}

/**
 * Hears of the completions of a replica. Of several since the last news only the mean is known; the first of them left
 * the others behind.
 *
 * @param site how many replicas it has, and the requests outstanding per replica now. In a queue as in a replica with room for all it tells
 *   of a stay what the number found at the arrival tells, which nobody has kept: those left behind are as many as arrived
 *   meanwhile, or as would be there anyhow.
 */
export function hearCompletions(
	stays: Stays,
	heard: Heard,
	news: Heard,
	site: { readonly outstanding: number; readonly replicas: number },
): void {
	const count = news.count - heard.count;
	const meanUs = ((news.stayS - heard.stayS) * SECOND_US) / count;
	for (let left = count - 1; left >= 0; left--)
		addStay(stays, site.outstanding + left / site.replicas, meanUs);
	heard.count = news.count;
	heard.stayS = news.stayS;
}

/** Weighted means and sums of squares by West's updating formulas (Communications of the ACM 22, 1979). */
export function addStay(stays: Stays, outstanding: number, stayUs: number): void {
	stays.weight = stays.weight * DECAY + 1;
	const fromOutstanding = outstanding - stays.meanOutstanding;
	const fromUs = stayUs - stays.meanUs;
	stays.meanOutstanding += fromOutstanding / stays.weight;
	stays.meanUs += fromUs / stays.weight;
	const nowUs = stayUs - stays.meanUs;
	stays.squares = stays.squares * DECAY + fromOutstanding * (outstanding - stays.meanOutstanding);
	stays.products = stays.products * DECAY + fromOutstanding * nowUs;
	stays.squaresUs = stays.squaresUs * DECAY + fromUs * nowUs;
}

/**
 * How long requests stay at one of several sites, in microseconds: the mean over all sites, and what this site's own differs from it
 * by more than two standard errors. Answers differ in length far more than sites do in speed, so that the means of
 * equal sites scatter by more than a way through the network takes. NaN while nothing is known of any.
 */
export function usualStayUs(stays: Stays, all: readonly Stays[]): number {
	let [weight, sumUs] = [0, 0];
	for (const one of all) {
		weight += one.weight;
		sumUs += one.weight * one.meanUs;
	}
	const everywhereUs = sumUs / weight;
	if (stays.weight === 0) return everywhereUs;
	const doubtUs = (DOUBT * Math.sqrt(stays.squaresUs)) / stays.weight;
	const ownUs = stays.meanUs - everywhereUs;
	return everywhereUs + Math.sign(ownUs) * Math.max(0, Math.abs(ownUs) - doubtUs);
}

/**
 * How much longer than usual a request is expected to stay, in microseconds, when that many are outstanding. A replica that computes requests
 * together hardly slows down with one more until it is full, so that a queue counts only as far as past stays show
 * that it does: with the slope less two standard errors, and never a falling one.
 */
export function queueUs(stays: Stays, outstanding: number): number {
	if (stays.weight < LEAST_FOR_SLOPE || stays.squares === 0) return 0;
	const slope = stays.products / stays.squares;
	const restUs = Math.max(0, stays.squaresUs - slope * stays.products);
	const error = Math.sqrt(restUs / stays.weight / stays.squares);
	const sure = Math.max(0, slope - DOUBT * error);
	return sure * (outstanding - stays.meanOutstanding);
}
