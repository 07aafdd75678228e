import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { countMessages, MESSAGE_BUDGETS, overBudget } from './message-counts.test-support.ts';

/** What a run says is bounded, since it costs a delay of the network each time: counted, the same on every machine. */
for (const budget of MESSAGE_BUDGETS) {
	test(`a run stays within its budget of messages: ${budget.title}`, async () => {
		const counts = await countMessages(budget.scenario);
		assert.ok(counts.requests > 1_000);
		assert.is(overBudget(counts, budget), null);
	});
}

test('a router in another process than its replicas costs two hops a request, which exceeds the budget', async () => {
	const asking = MESSAGE_BUDGETS.find(({ title }) => title.startsWith('a router that asks'));
	if (asking === undefined) throw new Error('no such budget');
	const placement = { hosts: { router: ['router'] } };
	const counts = await countMessages({
		...asking.scenario,
		until: '10min',
		window: '5min',
		placement,
	});
	assert.ok(counts.perRequest > 1.9, `${counts.perRequest} messages a request`);
	assert.match(overBudget(counts, asking) ?? '', /^loopPerStep is \d+/);
});

test.run();
