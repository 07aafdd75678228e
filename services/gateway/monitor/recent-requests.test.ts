import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { keepRequest, latencyOf, noRequests } from './recent-requests.ts';

const NONE = { ttftP50S: null, ttftP99S: null, e2eP50S: null, e2eP99S: null };

test('latencyOf() gives quantiles of the last 128 requests, and nothing before the first', () => {
	const recent = noRequests();
	assert.equal(latencyOf([]), NONE);
	assert.equal(latencyOf([recent]), NONE);
	keepRequest(recent, { firstTokenS: 0.5, e2eS: 3 });
	assert.equal(latencyOf([recent, noRequests()]), {
		...{ ttftP50S: 0.5, ttftP99S: 0.5, e2eP50S: 3, e2eP99S: 3 },
	});
	// 1 to 500, the last 128 of them from above.
	for (let i = 1; i <= 372; i++) keepRequest(recent, { firstTokenS: i, e2eS: 10 * i });
	for (let i = 500; i >= 373; i--) keepRequest(recent, { firstTokenS: i, e2eS: 10 * i });
	const [p50, p99] = [372 + 64, 372 + Math.ceil(0.99 * 128)];
	const all = { ttftP50S: p50, ttftP99S: p99, e2eP50S: 10 * p50, e2eP99S: 10 * p99 };
	assert.equal(latencyOf([recent]), all);
	assert.equal(latencyOf([structuredClone(recent)]), all);
});

test('latencyOf() does not depend on the order in which requests of several replicas come', () => {
	const made = (order: readonly number[]) => {
		const replicas = [noRequests(), noRequests()] as const;
		for (const i of order) keepRequest(replicas[i < 300 ? 0 : 1], { firstTokenS: i, e2eS: i });
		return replicas;
	};
	const all = Array.from({ length: 600 }, (_, i) => i);
	const mixed = all.map((i) => (i % 2) * 300 + Math.floor(i / 2));
	assert.equal(made(all), made(mixed));
	assert.is(latencyOf(made(all)).e2eP50S, 299);
});

test.run();
