/**
 * Subjects of the bus. Everything of one run lives below `gridbeat.run.<id>`; only a worker that looks for
 * any run that needs it asks at `gridbeat.join`.
 */

/** Hello of workers that do not know the run's id. */
export const JOIN_SUBJECT = 'gridbeat.join';

export interface RunSubjects {
	/** Hello of hosts that know the run. */
	readonly hello: string;
	/** Ready of hosts. */
	readonly ready: string;
	/** Control requests to the coordinator. */
	readonly control: string;
	/** Key figures from the recorder. */
	readonly progress: string;
	/** Requests to one host: Wired, Grant, Status, Stop. */
	host(host: string): string;
	/** Readings of an actor for the loop it is in, one message a step. */
	loop(actor: string): string;
	/** Readings of one port for everybody else, in blocks. */
	block(actor: string, port: string): string;
}

export function runSubjects(run: string): RunSubjects {
	const root = `gridbeat.run.${run}`;
	return {
		hello: `${root}.hello`,
		ready: `${root}.ready`,
		control: `${root}.control`,
		progress: `${root}.progress`,
		host: (host) => `${root}.host.${host}`,
		loop: (actor) => `${root}.loop.${actor}`,
		block: (actor, port) => `${root}.block.${actor}.${port}`,
	};
}
