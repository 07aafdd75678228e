import {
	AckPolicy,
	type Consumer,
	type ConsumerInfo,
	DeliverPolicy,
	DiscardPolicy,
	type JetStreamClient,
	type JetStreamManager,
	type JsMsg,
	jetstream,
	RetentionPolicy,
	StorageType,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import { JOBS_STREAM, jobSubject } from '../../protocol/subjects.ts';
import { attempt, codeOf } from './nats-attempt.ts';
import { maxBytesOf } from './nats-errors.ts';
import { CLUSTER_REPLICAS, isTooFewServers } from './nats-store.ts';
import { GoneError, StoreError } from './store.ts';
import {
	checkQueueName,
	type Delivery,
	type FoundQueue,
	type QueueOptions,
	type QueueState,
	type WorkQueue,
} from './work-queue.ts';

/** What nobody has done for so long is dropped: its study is gone. */
const KEEP_MS = 7 * 24 * 3_600_000;
/** Takers that may wait at one queue. */
const TAKERS_MAX = 16_384;
/** JetStream's codes: no stream of this name, one that is other than asked for, no consumer of this name. */
const [NO_STREAM, OTHER_STREAM, NO_CONSUMER] = [10_059, 10_058, 10_014];
/** The least that the client waits for a message. */
const WAIT_MIN_MS = 1_000;
const ACK_TIMEOUT_MS = 10_000;

/**
 * Work queues on JetStream: one stream for all, from which a message goes when it is acknowledged, and a durable consumer for each
 * queue.
 */
export class NatsQueues {
	private readonly client: JetStreamClient;
	private readonly maxBytes: number;
	private readonly retriesMs: readonly number[] | undefined;
	private manager: Promise<JetStreamManager> | null = null;

	/** @param apiPrefix where JetStream is asked; null: as usual */
	constructor(connection: NatsConnection, apiPrefix: string | null) {
		this.maxBytes = maxBytesOf(connection);
		this.client = jetstream(connection, apiPrefix === null ? {} : { apiPrefix });
		this.retriesMs = connection.info?.cluster === undefined ? [] : undefined;
	}

	open(name: string, options: QueueOptions): Promise<WorkQueue> {
		checkQueueName(name);
		const open = async () => {
			const manager = await this.managed();
			await this.ensureStream(manager);
			const info = await manager.consumers.add(JOBS_STREAM, {
				...{
					durable_name: name,
					description: options.about,
					filter_subject: jobSubject(name, '*'),
				},
				...{ ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.All },
				...{ ack_wait: nanos(options.silenceMs), max_deliver: options.deliveriesMax },
				...{ max_ack_pending: TAKERS_MAX, max_waiting: TAKERS_MAX },
				inactive_threshold: nanos(KEEP_MS),
			});
			return new NatsQueue({ client: this.client, manager, info, maxBytes: this.maxBytes });
		};
		// A server that has no JetStream has none later either; a cluster may choose a leader.
		return attempt(`open the queue "${name}"`, open, this.retriesMs);
	}

	find(): Promise<readonly FoundQueue[]> {
		const find = async () => {
			const manager = await this.managed();
			const found: FoundQueue[] = [];
			try {
				for await (const info of manager.consumers.list(JOBS_STREAM))
					found.push(
						new NatsQueue({ client: this.client, manager, info, maxBytes: this.maxBytes }),
					);
			} catch (error) {
				if (codeOf(error) !== NO_STREAM) throw error;
			}
			return found;
		};
		return attempt('look for queues', find, this.retriesMs);
	}

	private managed(): Promise<JetStreamManager> {
		this.manager ??= this.client.jetstreamManager().catch((error: unknown) => {
			this.manager = null;
			throw error;
		});
		return this.manager;
	}

	/** Whoever may not make streams uses the one that is there. */
	private async ensureStream(manager: JetStreamManager): Promise<void> {
		try {
			await manager.streams.info(JOBS_STREAM);
			return;
		} catch (error) {
			if (codeOf(error) !== NO_STREAM) throw error;
		}
		try {
			const make = (num_replicas: number) =>
				manager.streams.add({
					...{ name: JOBS_STREAM, subjects: [jobSubject('*', '*')], num_replicas },
					...{ retention: RetentionPolicy.Workqueue, storage: StorageType.File },
					// A full stream refuses a job; it never drops another one.
					...{ discard: DiscardPolicy.New, max_age: nanos(KEEP_MS) },
				});
			await make(CLUSTER_REPLICAS).catch((error: unknown) => {
				if (!isTooFewServers(error)) throw error;
				return make(1);
			});
		} catch (error) {
			// Somebody else was faster.
			if (codeOf(error) !== OTHER_STREAM) throw error;
		}
	}
}

interface Parts {
	/** Of one message. */
	readonly maxBytes: number;
	readonly client: JetStreamClient;
	readonly manager: JetStreamManager;
	readonly info: ConsumerInfo;
}

class NatsQueue implements WorkQueue, FoundQueue {
	readonly name: string;
	readonly about: string;
	readonly silenceMs: number;
	readonly waiting: number;
	private readonly parts: Parts;
	private readonly consumer: Consumer;

	constructor(parts: Parts) {
		const { config, num_pending: waiting, name } = parts.info;
		this.name = name;
		this.about = config.description ?? '';
		this.silenceMs = (config.ack_wait ?? 0) / nanos(1);
		this.waiting = waiting;
		this.parts = parts;
		this.consumer = parts.client.consumers.getConsumerFromInfo(parts.info);
	}

	async put(name: string, payload: Uint8Array): Promise<void> {
		checkQueueName(name);
		const { maxBytes } = this.parts;
		if (payload.length > maxBytes)
			throw new StoreError(
				`Cannot put "${name}" into the queue: it has ${payload.length} bytes, and the NATS server takes ${maxBytes} in a message (max_payload)`,
			);
		await attempt(`put "${name}" into the queue`, () =>
			this.parts.client.publish(jobSubject(this.name, name), payload),
		);
	}

	state(): Promise<QueueState> {
		return attempt('look at the queue', async () => {
			const { manager } = this.parts;
			try {
				const { num_pending: ready, num_ack_pending: taken } = await manager.consumers.info(
					JOBS_STREAM,
					this.name,
				);
				const subjects_filter = jobSubject(this.name, '*');
				const { state } = await manager.streams.info(JOBS_STREAM, { subjects_filter });
				const left = new Set(Object.keys(state.subjects ?? {}).map(jobOf));
				return { left, isIdle: ready === 0 && taken === 0 };
			} catch (error) {
				if (![NO_STREAM, NO_CONSUMER].includes(codeOf(error))) throw error;
				throw new GoneError('Cannot look at the queue: it is not there any more');
			}
		});
	}

	take(waitMs: number): Promise<Delivery | null> {
		return attempt('take a job', async () => {
			const message = await this.consumer.next({ expires: Math.max(WAIT_MIN_MS, waitMs) });
			return message === null ? null : new NatsDelivery(this.parts.manager, message);
		});
	}

	async remove(): Promise<void> {
		await attempt('remove the queue', async () => {
			const { manager } = this.parts;
			await manager.streams.purge(JOBS_STREAM, { filter: jobSubject(this.name, '*') });
			try {
				await manager.consumers.delete(JOBS_STREAM, this.name);
			} catch (error) {
				if (codeOf(error) !== NO_CONSUMER) throw error;
			}
		});
	}
}

function jobOf(subject: string): string {
	return subject.slice(subject.lastIndexOf('.') + 1);
}

class NatsDelivery implements Delivery {
	readonly name: string;
	readonly payload: Uint8Array;
	readonly count: number;
	private readonly manager: JetStreamManager;
	private readonly message: JsMsg;

	constructor(manager: JetStreamManager, message: JsMsg) {
		this.name = jobOf(message.subject);
		this.payload = message.data;
		this.count = message.info.deliveryCount;
		this.manager = manager;
		this.message = message;
	}

	working(): Promise<boolean> {
		return attempt('keep a job', async () => {
			this.message.working();
			// The server does not say whether the job is still wanted; that it is still there does.
			return (
				(await this.manager.streams.getMessage(JOBS_STREAM, { seq: this.message.seq })) !== null
			);
		});
	}

	async done(): Promise<void> {
		await attempt('end a job', () => this.message.ackAck({ timeout: ACK_TIMEOUT_MS }));
	}

	async giveBack(delayMs: number): Promise<void> {
		this.message.nak(delayMs);
	}
}
