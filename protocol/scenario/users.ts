import * as z from 'zod';

/** Keys of users who send their next request when the one before is answered. */
export const UserKeys = {
	concurrency: z
		.int()
		.positive()
		.nullable()
		.default(null)
		.describe('Users, of whom each has one request at a time, in place of qps; null: none'),
	thinkS: z
		.number()
		.nonnegative()
		.default(0)
		.describe('Mean time that such a user thinks between answer and request, s; exponential'),
	rampS: z
		.number()
		.nonnegative()
		.default(0)
		.describe('Users begin one after the other over so long, s; 0: all at the start'),
	turnaroundS: z
		.number()
		.min(1e-6)
		.default(0.01)
		.describe('Least time between an answer and what follows it, as network and client need it, s'),
};

/** What does not go together with users who wait for their answers. */
export function checkUsers(
	requests: {
		qps: number | string;
		concurrency: number | null;
		thinkS: number;
		rampS: number;
		source: string;
		intervals: { type: string };
		rate: unknown;
		compatibility: string | null;
	},
	isReplay: boolean,
	refuse: (path: string[], message: string) => void,
): void {
	const { qps, concurrency, thinkS, rampS, source, intervals, rate, compatibility } = requests;
	if (concurrency === null) {
		if (thinkS > 0) refuse(['thinkS'], 'nobody thinks without users: give requests.concurrency');
		if (rampS > 0) refuse(['rampS'], 'nobody begins without users: give requests.concurrency');
		return;
	}
	const others = [
		...(isReplay ? ['a file of arrivals (a length-file brings none)'] : []),
		...(qps === 'inf' ? ['qps inf'] : []),
		...(intervals.type === 'poisson' || isReplay ? [] : ['intervals']),
		...(rate === null ? [] : ['rate']),
		...(compatibility === null ? [] : ['compatibility']),
		...(source === 'generated' ? [] : [`source ${source}`]),
	];
	if (others.length > 0)
		refuse(
			['concurrency'],
			`users send a request when the one before is answered; drop ${others.join(', ')}`,
		);
}
