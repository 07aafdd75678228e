import {
	MessageChannel,
	type MessagePort,
	receiveMessageOnPort,
	Worker,
} from 'node:worker_threads';
import { programFile } from '../../kernel/files/project-file.ts';
import type { PolicyModule } from './policy-sandbox.ts';

/** Asked of the thread: read a module, or decide with one of those that it has read, and with the same read anew. */
export type PolicyQuestion =
	| { readonly type: 'load'; readonly id: number; readonly module: PolicyModule }
	| {
			readonly type: 'decide';
			readonly id: number;
			readonly view: string;
			readonly memory: string;
	  };

/** What it answers; `failed` is in one line. */
export type PolicyAnswer =
	| { readonly type: 'loaded'; readonly initialMemory: string }
	| { readonly type: 'decided'; readonly answer: string; readonly isSame: boolean }
	/** It has not read that module: it is another thread, or has forgotten it for others. */
	| { readonly type: 'unknown' }
	| { readonly type: 'failed'; readonly reason: string };

/** What the thread is started with: `flags[0]` wakes it, `flags[1]` says that its answer lies in the port. */
export interface PolicyThreadData {
	readonly port: MessagePort;
	readonly flags: Int32Array;
}

interface Thread extends PolicyThreadData {
	readonly worker: Worker;
}

/** One for all policies of a process. */
let thread: Thread | null = null;

function start(): Thread {
	const { port1, port2 } = new MessageChannel();
	const flags = new Int32Array(new SharedArrayBuffer(8));
	const data: PolicyThreadData = { port: port2, flags };
	const worker = new Worker(programFile('services/controller/policy-worker'), {
		workerData: data,
		transferList: [port2],
	});
	// It waits for questions for ever; that must not keep the process alive.
	worker.unref();
	port1.unref();
	return { worker, port: port1, flags };
}

/**
 * Asks the thread and waits. A loop that never ends can only be stopped from another thread, and a timer within
 * each call (node:vm's `timeout`) costs twenty times as much as the way there and back.
 *
 * @param limitMs only who hangs takes so long: it never changes an answer
 * @returns null if there is no answer in that time; the thread and all it has read are gone then
 */
export function askPolicy(question: PolicyQuestion, limitMs: number): PolicyAnswer | null {
	thread ??= start();
	const { port, flags, worker } = thread;
	port.postMessage(question);
	Atomics.store(flags, 0, 1);
	Atomics.notify(flags, 0);
	// On a busy machine the call that woke the answer before this one may arrive only now, and wakes for nothing.
	while (Atomics.load(flags, 1) === 0) {
		if (Atomics.wait(flags, 1, 0, limitMs) !== 'timed-out') continue;
		thread = null;
		void worker.terminate();
		return null;
	}
	Atomics.store(flags, 1, 0);
	return receiveMessageOnPort(port)?.message as PolicyAnswer;
}
