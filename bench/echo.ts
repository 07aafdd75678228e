import { connect } from '@nats-io/transport-node';

/** The other end of the ping-pong: answers each request with the same bytes, until its input closes. */
const connection = await connect({ servers: process.argv[2] ?? '' });
connection.subscribe('bench.ping', {
	callback: (_, message) => void message.respond(message.data),
});
await connection.flush();
process.stdout.write('ready\n');
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
