import {
	countMessages,
	MESSAGE_BUDGETS,
	overBudget,
} from '../tests/message-counts.test-support.ts';

/** Prints how many messages runs send by step and request, and fails where that is more than their budget. */
export async function benchMessages(): Promise<void> {
	for (const budget of MESSAGE_BUDGETS) {
		const counts = await countMessages(budget.scenario);
		const { hosts, loopPerStep, hopsPerStep, blocksPerStep, perRequest } = counts;
		const over = overBudget(counts, budget);
		const text = [
			`${loopPerStep.toFixed(2)} messages and ${hopsPerStep.toFixed(2)} delays a step in loops`,
			`${blocksPerStep.toFixed(2)} messages a step in blocks`,
			`${perRequest.toFixed(3)} a request`,
		].join(', ');
		console.log(`messages: ${budget.title} (${hosts} processes): ${text}`);
		if (over === null) continue;
		console.log(`messages: over budget: ${over}`);
		process.exitCode = 1;
	}
}
