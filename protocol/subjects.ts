/**
 * Subjects of the bus. Everything of one run lives below `gridbeat.run.<id>`; only a worker that looks for
 * any run that needs it asks at `gridbeat.join`. Jobs of studies lie in one stream, and what is said of them goes beside it.
 */

/** Hello of workers that do not know the run's id. */
export const JOIN_SUBJECT = 'gridbeat.join';

export interface RunSubjects {
	/** Hello of hosts that know the run. */
	readonly hello: string;
	/** Ready of hosts, and Presence of workers. */
	readonly ready: string;
	/** Control requests to the coordinator. */
	readonly control: string;
	/** Commands that hosts propose. */
	readonly proposals: string;
	/** Key figures from the recorder. */
	readonly progress: string;
	/** Requests to one host: Wired, Restore, Grant, Stop; Replaced. `seat` counts the processes that had its place. */
	host(host: string, seat: number): string;
	/** Asks one host how far it is; on a connection of its own, so that no readings stand before the question. */
	status(host: string, seat: number): string;
	/** Asks the host of an actor whether it has heard what was said before; on the connection on which it hears readings. */
	heard(actor: string): string;
	/** Name of the store in which hosts keep what they are; no subject, and without dots. */
	readonly store: string;
	/** Readings of an actor, and of those that it speaks for, for the loops they are in; one message a step. */
	loop(actor: string): string;
	/** Readings of one port for everybody else, in blocks. */
	block(actor: string, port: string): string;
}

/** The subjects of one run, by its id. */
export function runSubjects(run: string): RunSubjects {
	const root = `gridbeat.run.${run}`;
	return {
		hello: `${root}.hello`,
		ready: `${root}.ready`,
		control: `${root}.control`,
		proposals: `${root}.proposals`,
		progress: `${root}.progress`,
		store: `gridbeat-${run}`,
		host: (host, seat) => `${root}.host.${host}.${seat}`,
		status: (host, seat) => `${root}.status.${host}.${seat}`,
		heard: (actor) => `${root}.heard.${actor}`,
		loop: (actor) => `${root}.loop.${actor}`,
		block: (actor, port) => `${root}.block.${actor}.${port}`,
	};
}

/** Stream of JetStream with the jobs of all studies. */
export const JOBS_STREAM = 'gridbeat-jobs';
/** Object store of JetStream with what jobs came to; no subject. */
export const RESULTS_STORE = 'gridbeat-results';

/** A job in the queue of a study, by their names; `*` for any. */
export function jobSubject(queue: string, job: string): string {
	return `gridbeat.jobs.${queue}.${job}`;
}

/** Workers that have room for whole runs say so here. */
export const WORKERS_SUBJECT = 'gridbeat.workers';

/** What workers say of the jobs of a study while they do them, by the name of its queue. */
export function studySubject(queue: string): string {
	return `gridbeat.study.${queue}`;
}
