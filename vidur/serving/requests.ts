import type { Request } from '../../services/replica/engine/admission.ts';
import { Column } from './column.ts';

/** Requests in order of arrival; a request's number is its place. */
export interface RequestColumns {
	readonly arrivedAtS: Column;
	readonly prefillTokens: Column;
	readonly decodeTokens: Column;
}

/** No requests. */
export function createRequests(): RequestColumns {
	return { arrivedAtS: new Column(), prefillTokens: new Column(), decodeTokens: new Column() };
}

/** Appends a request. */
export function addRequest(
	requests: RequestColumns,
	{ arrivedAtS, prefillTokens, decodeTokens }: Omit<Request, 'id' | 'interArrivalS'>,
): void {
	requests.arrivedAtS.push(arrivedAtS);
	requests.prefillTokens.push(prefillTokens);
	requests.decodeTokens.push(decodeTokens);
}

/** Time since the request before, NaN for the first. */
export function interArrivalS({ arrivedAtS }: RequestColumns, id: number): number {
	return id === 0 ? Number.NaN : arrivedAtS.at(id) - arrivedAtS.at(id - 1);
}

/** The requests one by one, for an engine. */
export function* requestsOf(requests: RequestColumns): Generator<Request, void, void> {
	const { arrivedAtS, prefillTokens, decodeTokens } = requests;
	for (let id = 0; id < arrivedAtS.length; id++)
		yield {
			id,
			arrivedAtS: arrivedAtS.at(id),
			interArrivalS: interArrivalS(requests, id),
			prefillTokens: prefillTokens.at(id),
			decodeTokens: decodeTokens.at(id),
		};
}
