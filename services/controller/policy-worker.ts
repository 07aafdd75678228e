import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../protocol/errors.ts';
import { describeThrown, type LoadedPolicy, loadPolicy } from './policy-sandbox.ts';
import type { PolicyAnswer, PolicyQuestion, PolicyThreadData } from './policy-thread.ts';

const { port, flags } = workerData as PolicyThreadData;
/** Others are read again when they are needed: a process may do many runs. */
const POLICIES_KEPT = 64;

/** By the number under which each was loaded; the one that was used last is the last. */
const policies = new Map<number, { readonly path: string; readonly loaded: LoadedPolicy }>();

function answer(question: PolicyQuestion): PolicyAnswer {
	if (question.type === 'load') {
		const { id, module } = question;
		try {
			const loaded = loadPolicy(module);
			const [longestUnused] = policies.keys();
			if (policies.size >= POLICIES_KEPT && longestUnused !== undefined)
				policies.delete(longestUnused);
			policies.set(id, { path: module.path, loaded });
			return { type: 'loaded', initialMemory: loaded.initialMemory };
		} catch (error) {
			return { type: 'failed', reason: messageOf(error) };
		}
	}
	const { id, view, memory } = question;
	const policy = policies.get(id);
	if (policy === undefined) return { type: 'unknown' };
	policies.delete(id);
	policies.set(id, policy);
	const { path, loaded } = policy;
	try {
		const first = loaded.decide(view, memory);
		return { type: 'decided', answer: first, isSame: loaded.decideAnew(view, memory) === first };
	} catch (error) {
		return { type: 'failed', reason: describeThrown(error, path) };
	}
}

for (;;) {
	Atomics.wait(flags, 0, 0);
	Atomics.store(flags, 0, 0);
	const question = receiveMessageOnPort(port)?.message as PolicyQuestion | undefined;
	// It may be woken for nothing, as in askPolicy().
	if (question === undefined) continue;
	port.postMessage(answer(question));
	Atomics.store(flags, 1, 1);
	Atomics.notify(flags, 1);
}
