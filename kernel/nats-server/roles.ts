import {
	JOBS_STREAM,
	JOIN_SUBJECT,
	RESULTS_STORE,
	runSubjects,
	studySubject,
	WORKERS_SUBJECT,
} from '../../protocol/subjects.ts';

/** What a process is for on a server that others use too. */
export type Role = 'coordinator' | 'worker' | 'observer' | 'jobs';

/** One login of an account, and what it may do there. */
export interface RoleUser {
	readonly name: string;
	readonly role: Role;
	/** Of a worker: the one run that it may take part in; null: any. */
	readonly run: string | null;
	/** Of a worker: hosts and actors that it may be; none: any. */
	readonly actors: readonly string[];
}

/** Subjects by what a user may do; an empty list forbids all. */
export interface Permissions {
	readonly publish: readonly string[];
	readonly subscribe: readonly string[];
	/** Whether requests that come in may be answered, wherever the answer goes. */
	readonly answers: boolean;
}

/** Below it answers come to a user, and to nobody else: who may hear `_INBOX` hears the answers to everybody. */
export function inboxPrefixOf(user: string): string {
	return `_INBOX_${user}`;
}

/**
 * What each role needs and nothing more, in an account of its own: JetStream there has no streams but those of
 * Gridbeat, since a subject cannot say "streams whose name begins so".
 */
export function permissionsOf(user: RoleUser): Permissions {
	const inbox = `${inboxPrefixOf(user.name)}.>`;
	const { publish, subscribe, answers } = RIGHTS[user.role](user);
	return { publish, subscribe: [inbox, ...subscribe], answers };
}

const RIGHTS: Readonly<Record<Role, (user: RoleUser) => Permissions>> = {
	/** Leads runs and studies, and its own processes simulate: it may speak for everybody. */
	coordinator: () => ({
		publish: ['gridbeat.>', '$JS.API.>', '$JS.ACK.>', '$JS.FC.>', '$O.>', '$KV.>'],
		subscribe: ['gridbeat.>'],
		answers: true,
	}),
	worker: workerRights,
	/** Sees the figures of runs, and says nothing. */
	observer: () => {
		const any = runSubjects('*');
		return {
			publish: [],
			subscribe: [any.progress, any.loop('*'), any.block('*', '*')],
			answers: false,
		};
	},
	jobs: jobsRights,
};

function workerRights({ run, actors }: RoleUser): Permissions {
	const subjects = runSubjects(run ?? '*');
	const names = actors.length === 0 ? ['*'] : actors;
	// A name of a stream is one word of a subject: either this one or any.
	const store = run === null ? '*' : subjects.store;
	const stream = run === null ? '*' : `OBJ_${subjects.store}`;
	return {
		publish: [
			...[JOIN_SUBJECT, subjects.hello, subjects.ready, subjects.heard('*'), subjects.proposals],
			...names.flatMap((name) => [subjects.loop(name), subjects.block(name, '*')]),
			...(names.some((name) => /(^|-)recorder$|^\*$/.test(name)) ? [subjects.progress] : []),
			// What it is goes into the store of the run; the head of the store is the coordinator's.
			...[`$O.${store}.C.*`, `$O.${store}.M.*`],
			...['$JS.API.INFO', `$JS.API.STREAM.INFO.${stream}`],
			...[`$JS.API.STREAM.MSG.GET.${stream}`, `$JS.API.DIRECT.GET.${stream}.>`],
			...[`$JS.API.DIRECT.GET.${stream}`, `$JS.API.CONSUMER.CREATE.${stream}.>`],
			...[`$JS.API.CONSUMER.CREATE.${stream}`, `$JS.API.CONSUMER.DELETE.${stream}.*`],
			...[`$JS.API.CONSUMER.INFO.${stream}.*`, `$JS.FC.${stream}.>`],
		],
		subscribe: [
			...names.flatMap((name) => [
				anySeat(subjects.host(name, 0)),
				anySeat(subjects.status(name, 0)),
				subjects.heard(name),
			]),
			...[subjects.loop('*'), subjects.block('*', '*')],
		],
		answers: true,
	};
}

/** Which process has a place counts up when one is lost. */
function anySeat(subject: string): string {
	return subject.replace(/\.0$/, '.*');
}

function jobsRights(): Permissions {
	const stream = `OBJ_${RESULTS_STORE}`;
	return {
		publish: [
			...[WORKERS_SUBJECT, studySubject('*'), '$JS.API.INFO'],
			// Takes jobs out of the queues that studies make, and says what becomes of them.
			...[`$JS.API.CONSUMER.LIST.${JOBS_STREAM}`, `$JS.API.CONSUMER.MSG.NEXT.${JOBS_STREAM}.*`],
			...[`$JS.API.STREAM.MSG.GET.${JOBS_STREAM}`, `$JS.ACK.${JOBS_STREAM}.>`],
			// Puts what they came to into the store.
			...[`$O.${RESULTS_STORE}.C.*`, `$O.${RESULTS_STORE}.M.*`],
			...[`$JS.API.STREAM.INFO.${stream}`, `$JS.API.STREAM.PURGE.${stream}`],
			...[`$JS.API.STREAM.MSG.GET.${stream}`, `$JS.API.DIRECT.GET.${stream}.>`],
			`$JS.API.DIRECT.GET.${stream}`,
		],
		subscribe: [],
		answers: false,
	};
}
