import * as z from 'zod';
import type { App, GatewayContext } from '../context.ts';

/** `GET /health`: whether the server answers. */
export function health(app: App, { version }: GatewayContext): void {
	app.get(
		'/health',
		{
			schema: {
				tags: ['server'],
				summary: 'whether the server answers',
				response: { 200: z.strictObject({ status: z.literal('ok'), version: z.string() }) },
			},
		},
		() => ({ status: 'ok' as const, version }),
	);
}
