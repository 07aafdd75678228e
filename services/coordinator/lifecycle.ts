import { assign, setup } from 'xstate';
import type { Outcome } from '../../protocol/outcome.ts';

export type LifecycleEvent =
	| { type: 'READY' }
	| { type: 'WIRED' }
	| { type: 'PAUSE' }
	| { type: 'RESUME' }
	| { type: 'FINISHED' }
	/** Not all hosts have heard of the end: some of the run is simulated again. */
	| { type: 'AGAIN' }
	| { type: 'INTERRUPT' }
	| { type: 'FAIL'; message: string }
	| { type: 'STOPPED' };

/**
 * The life of a run: hosts gather, are wired, simulate window after window (or pause between two), stop
 * in order, and end. Whatever happens while stopping, the first reason for stopping stands.
 */
export const lifecycle = setup({
	types: {
		context: {} as { outcome: Outcome; reason: string },
		events: {} as LifecycleEvent,
	},
	actions: {
		complete: assign({ outcome: 'complete', reason: 'the simulated time has been reached' }),
		interrupt: assign({ outcome: 'interrupted', reason: 'interrupted by the user' }),
		fail: assign({
			outcome: 'failed',
			reason: ({ event }) => (event.type === 'FAIL' ? event.message : 'unknown'),
		}),
	},
}).createMachine({
	id: 'run',
	initial: 'gathering',
	context: { outcome: 'failed', reason: 'the run has not begun' },
	states: {
		gathering: { on: { READY: 'wiring' } },
		wiring: { on: { WIRED: 'running' } },
		running: {
			on: { PAUSE: 'paused', FINISHED: { target: 'stopping', actions: 'complete' } },
		},
		paused: { on: { RESUME: 'running' } },
		stopping: { on: { STOPPED: 'ended', FAIL: {}, INTERRUPT: {}, AGAIN: 'gathering' } },
		ended: { type: 'final' },
	},
	on: {
		INTERRUPT: { target: '.stopping', actions: 'interrupt' },
		FAIL: { target: '.stopping', actions: 'fail' },
	},
});
