import * as z from 'zod';
import { TakesCommands } from './commands.ts';
import { Control, Proposal } from './control-messages.ts';
import { Job, JobOver, JobResult, JobsWanted, JobWord } from './job-messages.ts';
import { Outcome } from './outcome.ts';
import { Name, PortSpec, Wire } from './readings.ts';
import { RunState, Status, StatusReport } from './status-messages.ts';
import { Again, Done, Failed, Grant, RefusalTally, Restore } from './window-messages.ts';
import { Label, Words } from './words.ts';

/**
 * Every message that crosses a process boundary. README.md beside this file lists them with subjects and
 * the order in which they are sent; a test holds the two together. The control plane carries permission
 * and membership; readings travel in `OutputsMessage` alone, from the actor that makes them to those that need
 * them.
 */

/** Changes whenever a message changes so that an older process would misunderstand it. */
export const PROTOCOL_VERSION = 4;

const SimTimeUs = z.int().nonnegative();

/** Bytes come as a Buffer or a Uint8Array, whatever the library. */
const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be binary');
const KEY_BYTES = 32;
/** An X25519 public key. */
const PublicKey = Bytes.refine((bytes) => bytes.byteLength === KEY_BYTES, {
	error: `a public key has ${KEY_BYTES} bytes`,
});

/**
 * What a process runs. Hosts of Gridbeat itself must be the very program that the run is: another version, or another
 * state of its code and data, gives other results. A host in another language has a name of its own.
 */
export const Program = z.strictObject({
	/** `gridbeat` for ours. */
	name: Label,
	/** Version and contents. */
	version: Label,
});
export type Program = z.infer<typeof Program>;

/** A host requests to take part: with actors it was started for, or with kinds of actors that it can run. */
export const Hello = z.strictObject({
	type: z.literal('hello'),
	version: z.int(),
	/** The name the host would like; the coordinator answers with the one it gets. */
	host: Name,
	/** Kinds of actors this host can run, such as `replica`. */
	kinds: z.array(Name).min(1),
	/** Machine and process, for people. */
	machine: Words,
	pid: z.int(),
	program: Program,
	/** Places that it takes at most, each an actor or several that the scenario keeps together; left out: one. */
	capacity: z.int().positive().optional(),
	/** By what a scenario may choose it, such as `zone: a`; left out: none. */
	labels: z.record(Name, Label).optional(),
	/** Of a pair made for this hello: what the welcome encrypts is encrypted for it. */
	publicKey: PublicKey,
	/** The nonce of Challenge; null in the first hello. */
	challenge: Bytes.nullable(),
});
export type Hello = z.infer<typeof Hello>;

/** One actor as the roster has it. */
export const RosterEntry = z.strictObject({
	name: Name,
	kind: Name,
	/** The host that runs it; a host that does not exist yet when it is awaited. */
	host: Name,
	/** Checked by the actor kind's own schema in the process that runs it. */
	config: z.json(),
});
export type RosterEntry = z.infer<typeof RosterEntry>;

/** The answer to a first Hello: say it again to this run with the nonce, which shows that it was not recorded elsewhere. */
export const Challenge = z.strictObject({
	type: z.literal('challenge'),
	run: Name,
	nonce: Bytes,
});
export type Challenge = z.infer<typeof Challenge>;

/** The answer to Hello: everything the host needs. */
export const Welcome = z.strictObject({
	type: z.literal('welcome'),
	version: z.int(),
	run: Name,
	host: Name,
	/** Counts the processes that had this place, from 0: requests of the coordinator come to this one alone. */
	seat: z.int().nonnegative(),
	seed: z.string(),
	untilUs: SimTimeUs,
	/** What came from outside is known: nobody there is asked again. */
	isReplay: z.boolean().exactOptional(),
	/** The actors of this host. */
	actors: z.array(RosterEntry),
	/** The wires that touch them. */
	wires: z.array(Wire),
	/** What seals the messages of the run, encrypted for this host; null where no seal is needed. */
	messageKey: z
		.strictObject({
			/** Of a pair made for this welcome. */
			from: PublicKey,
			/** Initialization vector (12 bytes), ciphertext and tag (16 bytes) of AES-256-GCM. */
			sealed: Bytes,
		})
		.nullable(),
});
export type Welcome = z.infer<typeof Welcome>;

/** The answer to a Hello for which there is no place (now). */
export const Refused = z.strictObject({
	type: z.literal('refused'),
	reason: Words,
	/** True if it may be worth asking again later. */
	retry: z.boolean(),
});
export type Refused = z.infer<typeof Refused>;

/** Ports of an actor, as made from its configuration: what the graph is built of. */
export const ActorPorts = z.strictObject({
	name: Name,
	/** `alignedPorts` are known only at the ends of spans of this length. */
	alignUs: SimTimeUs,
	alignedPorts: z.array(Name),
	inputs: z.array(
		PortSpec.extend({ trigger: z.boolean().optional(), optional: z.boolean().optional() }),
	),
	outputs: z.array(PortSpec),
	/** Which commands it follows; left out: those on the number of replicas at most. */
	takes: TakesCommands.exactOptional(),
});
export type ActorPorts = z.infer<typeof ActorPorts>;

/** A host has made its actors. Its answer is Wired. */
export const Ready = z.strictObject({
	type: z.literal('ready'),
	host: Name,
	/** Of its welcome: what a process says that had the place before counts for nothing. */
	seat: z.int().nonnegative(),
	actors: z.array(ActorPorts),
});
export type Ready = z.infer<typeof Ready>;

/**
 * A worker that joined asks whether it still has its place, or wants to leave: then Ok comes once somebody else may
 * have it, and what its actors were is kept. Answered by Ok, or Refused where another process has the place by now or
 * nothing can be kept.
 */
export const Presence = z.strictObject({
	type: z.literal('presence'),
	host: Name,
	seat: z.int().nonnegative(),
	leaves: z.boolean(),
});
export type Presence = z.infer<typeof Presence>;

/** The graph of the run, once every host is ready: the host subscribes to what it needs and answers Ok. */
export const Wired = z.strictObject({
	type: z.literal('wired'),
	/** Strongly connected components, upstream first. */
	components: z.array(z.array(Name)),
	/**
	 * Actors of one host whose readings for their loops are one message: the first speaks for all, on its own subject. Left
	 * out, and for all others: each speaks for itself.
	 */
	together: z.array(z.array(Name).min(2)).optional(),
	/**
	 * Actors elsewhere whose hosts hear readings of this one, one of each, and how many bytes may be on their way to them before
	 * they say that they have heard. Left out: as many as there are.
	 */
	hearers: z.strictObject({ actors: z.array(Name), aheadBytes: z.int().positive() }).optional(),
	again: Again,
});
export type Wired = z.infer<typeof Wired>;

/** Has the host heard all that was said before this on the connection? Answered by Ok. */
export const Heard = z.strictObject({ type: z.literal('heard') });
export type Heard = z.infer<typeof Heard>;

/** The run is over; hosts close what they hold and answer Stopped. */
export const Stop = z.strictObject({
	type: z.literal('stop'),
	outcome: Outcome,
	reason: Words,
	simulatedUntilUs: SimTimeUs,
	again: Again,
});
export type Stop = z.infer<typeof Stop>;

/**
 * Another process gets the place of the one that hears this, which was taken for dead: it ends at once, and what it has stays
 * as it is. Nobody answers.
 */
export const Replaced = z.strictObject({
	type: z.literal('replaced'),
	host: Name,
});
export type Replaced = z.infer<typeof Replaced>;

/** The host has closed what it held. */
export const Stopped = z.strictObject({
	type: z.literal('stopped'),
	host: Name,
	refusals: RefusalTally,
});
export type Stopped = z.infer<typeof Stopped>;

export const Ok = z.strictObject({ type: z.literal('ok') });
export type Ok = z.infer<typeof Ok>;

/** Key figures of the moment, from a recorder, for whoever watches. Not needed by any actor. */
export const Progress = z.strictObject({
	type: z.literal('progress'),
	actor: Name,
	timeUs: SimTimeUs,
	values: z.record(z.string(), z.number().nullable()),
});
export type Progress = z.infer<typeof Progress>;

/** Columns of 64-bit little-endian floats as bytes on the wire, as a Float64Array in the program. */
const Columns = z.instanceof(Uint8Array).refine((bytes) => bytes.byteLength % 8 === 0, {
	error: 'columns must be whole 64-bit floats',
});

/** Readings of one actor, in a loop perhaps of those that it speaks for too. Rows of a port never go back in time, and never before an earlier `untilUs`. */
export const OutputsMessage = z.strictObject({
	type: z.literal('outputs'),
	attempt: z.int().nonnegative(),
	actor: Name,
	/** Counts the messages of this subject from 0: a gap is a lost message. */
	seq: z.int().nonnegative(),
	ports: z.array(
		z.strictObject({
			/** Whose port it is; left out: of the actor that speaks. */
			actor: Name.optional(),
			port: Name,
			/** The port will say nothing more about times before this. */
			untilUs: SimTimeUs,
			/** Row times in microseconds, then the values of each field, column after column. */
			columns: Columns,
		}),
	),
});
export type OutputsMessage = z.infer<typeof OutputsMessage>;

/** All messages by their type. */
export const MESSAGES = {
	hello: Hello,
	challenge: Challenge,
	welcome: Welcome,
	refused: Refused,
	ready: Ready,
	presence: Presence,
	wired: Wired,
	restore: Restore,
	grant: Grant,
	done: Done,
	failed: Failed,
	stop: Stop,
	stopped: Stopped,
	replaced: Replaced,
	ok: Ok,
	heard: Heard,
	status: Status,
	'status-report': StatusReport,
	control: Control,
	'run-state': RunState,
	proposal: Proposal,
	progress: Progress,
	outputs: OutputsMessage,
	'jobs-wanted': JobsWanted,
	job: Job,
	'job-word': JobWord,
	'job-over': JobOver,
	'job-result': JobResult,
} as const;

export type MessageType = keyof typeof MESSAGES;
export type MessageOf<T extends MessageType> = z.infer<(typeof MESSAGES)[T]>;
export type Message = MessageOf<MessageType>;
