import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { connect } from '@nats-io/transport-node';
import { NatsAccess } from '../kernel/bus/nats-access.ts';
import { natsOptions } from '../kernel/bus/nats-options.ts';

/**
 * The other end of the ping-pong: answers each request with the same bytes, until its input closes. The first line of
 * its input says how to connect.
 */
const input = createInterface({ input: process.stdin });
const [line] = (await once(input, 'line')) as [string];
const connection = await connect(natsOptions(NatsAccess.parse(JSON.parse(line))));
connection.subscribe('bench.ping', {
	callback: (_, message) => void message.respond(message.data),
});
await connection.flush();
process.stdout.write('ready\n');
input.on('close', () => process.exit(0));
