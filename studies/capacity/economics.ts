import { serverPowerW } from '../../services/replica/facility.ts';
import type { Configuration } from './configuration.ts';
import type { Evaluation } from './evaluate.ts';

/** What serving at a rate takes, in power, money and carbon. NaN where a figure does not exist. */
export interface Economics {
	/** All GPUs and their servers with the facility's overhead (PUE). */
	readonly powerW: number;
	/** GPUs, and electricity where it is paid for beside them. */
	readonly usdPerHour: number;
	/** Requests per second for each USD per hour: Vidur's QPS per dollar. */
	readonly qpsPerUsdPerHour: number;
	readonly qpsPerKw: number;
	/** Per gram of operation (power times the mean carbon intensity) and of making the GPUs, where it is counted. */
	readonly requestsPerG: number;
	/** Of operation, scope 2. */
	readonly gPerRequest: number;
	/** Of making the GPUs, scope 3; NaN where it is not counted. */
	readonly embodiedGPerRequest: number;
	readonly whPerRequest: number;
	/** Prompt and output tokens, and output tokens alone. */
	readonly usdPerMillionTokens: number;
	readonly usdPerMillionOutputTokens: number;
}

/** The mean power is that of the GPUs while measuring, idle time included; times GPUs, with their servers, times PUE. */
export function economicsOf(configuration: Configuration, evaluation: Evaluation): Economics {
	const { gpus, replica, replicas, gpuHour, usdPerKwh, carbonGPerKwh, pue } = configuration;
	const qps = evaluation.qps ?? Number.NaN;
	const { gpuPowerW, busy } = evaluation.usage;
	const powerW = (gpuPowerW * gpus + serverPowerW(replica, busy) * replicas) * pue;
	const usdPerHour = gpus * gpuHour.usd + ((usdPerKwh ?? 0) * powerW) / 1000;
	const gPerHour = (powerW / 1000) * (carbonGPerKwh ?? Number.NaN);
	const embodiedGPerHour = gpus * gpuHour.embodiedG;
	const perHour = qps * 3600;
	const { prefillTokens, decodeTokens } = evaluation;
	return {
		powerW,
		usdPerHour,
		qpsPerUsdPerHour: qps / usdPerHour,
		qpsPerKw: (qps * 1000) / powerW,
		requestsPerG: perHour / (gPerHour + (Number.isNaN(embodiedGPerHour) ? 0 : embodiedGPerHour)),
		gPerRequest: gPerHour / perHour,
		embodiedGPerRequest: embodiedGPerHour / perHour,
		whPerRequest: powerW / perHour,
		usdPerMillionTokens: (1e6 * usdPerHour) / (perHour * (prefillTokens + decodeTokens)),
		usdPerMillionOutputTokens: (1e6 * usdPerHour) / (perHour * decodeTokens),
	};
}
