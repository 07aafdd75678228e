import type { ControlSpec, ControlValue } from '../../protocol/commands.ts';

/** Why a control cannot be set to a value; null if it can. */
export function controlRefusal(
	{ key, unit, takes }: ControlSpec,
	value: ControlValue,
): string | null {
	if (value === null) return null;
	const given = `"${key}" cannot be ${JSON.stringify(value)}`;
	if (takes.type === 'boolean')
		return typeof value === 'boolean' ? null : `${given}: it is true or false`;
	if (takes.type === 'choice')
		return takes.of.includes(String(value)) ? null : `${given}: it is ${takes.of.join(', ')}`;
	const { min, max } = takes;
	const isWithin = typeof value === 'number' && value >= min && value <= (max ?? value);
	if (isWithin) return null;
	const ofUnit = unit === '' ? '' : ` ${unit}`;
	const range = max === null ? `${min}${ofUnit} or more` : `from ${min} to ${max}${ofUnit}`;
	return `${given}: it is a number ${range}, or null`;
}
