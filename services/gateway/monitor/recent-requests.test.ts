import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { keepRequest, latencyOf, noRequests } from './recent-requests.ts';

test('latencyOf() gives quantiles of the last 512 requests, and nothing before the first', () => {
	const recent = noRequests();
	const none = { ttftP50S: null, ttftP99S: null, e2eP50S: null, e2eP99S: null };
	assert.equal(latencyOf(recent), none);
	keepRequest(recent, { firstTokenS: 0.5, e2eS: 3 });
	assert.equal(latencyOf(recent), { ttftP50S: 0.5, ttftP99S: 0.5, e2eP50S: 3, e2eP99S: 3 });
	// 1 to 1000 in another order: 489 to 1000 are the last ones.
	for (let i = 1; i <= 488; i++) keepRequest(recent, { firstTokenS: i, e2eS: 10 * i });
	for (let i = 1000; i >= 489; i--) keepRequest(recent, { firstTokenS: i, e2eS: 10 * i });
	const [p50, p99] = [488 + 256, 488 + Math.ceil(0.99 * 512)];
	assert.equal(latencyOf(recent), {
		...{ ttftP50S: p50, ttftP99S: p99, e2eP50S: 10 * p50, e2eP99S: 10 * p99 },
	});
	assert.equal(latencyOf(structuredClone(recent)), latencyOf(recent));
});

test.run();
