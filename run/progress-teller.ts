import type { RunEvent } from '../protocol/run-events.ts';
import { type SimTime, usToSeconds } from '../protocol/time.ts';
import type { Steering } from '../services/coordinator/steering.ts';
import type { Watcher } from './launch/launch.ts';
import type { Plan } from './resolve/plan.ts';
import type { MomentFigures, RunProgress } from './run-progress.ts';

/** Who wants to know something of a run, as in its options. */
interface Heard {
	readonly onNotice?: ((text: string) => void) | undefined;
	readonly onProgress?: ((progress: RunProgress) => void) | undefined;
	readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

type Tell = (phase: RunProgress['phase'], aboutUs?: SimTime) => void;

/** Passes on what is heard of a run to whoever wants to know. */
export function tellerOf(
	plan: Plan,
	{ onNotice, onProgress, onEvent }: Heard,
): { watcher: Watcher & Required<Pick<Watcher, 'led'>>; tell: Tell } {
	const untilS = usToSeconds(plan.frame.untilUs);
	const figures = new Map<string, MomentFigures>();
	let doneUs = 0;
	let leads: Steering | null = null;
	const tell: Tell = (phase, aboutUs) => {
		const simulatedS = usToSeconds(aboutUs ?? doneUs);
		const lagMs = leads?.lagMs ?? null;
		onProgress?.({ phase, simulatedS, untilS, isExact: aboutUs === undefined, lagMs, figures });
	};
	const watcher = {
		notice(text) {
			onNotice?.(text);
			onEvent?.({ event: 'notice', text });
		},
		event: (event) => onEvent?.(event),
		progress: ({ actor, values }) => void figures.set(actor, values),
		windowDone(simulatedUs) {
			doneUs = simulatedUs;
			tell('running');
		},
		underWay: (simulatedUs) => tell('running', simulatedUs),
		led(steering: Steering | null) {
			leads = steering;
		},
	} satisfies Watcher;
	return { watcher, tell };
}
