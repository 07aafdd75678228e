/**
 * What rounding may make of a power (W), an energy (Wh) or a share, in one place: how far apart two of them may be
 * and still be the same.
 *
 * A sum of n doubles, whatever its order, is off by at most (n - 1) * u * sum(|x|), with u = 2^-53 (N. J. Higham,
 * "Accuracy and Stability of Numerical Algorithms", 2nd ed., SIAM 2002, section 4.2, to first order). So the error
 * of a difference belongs to what was added up, not to what is left of it: 15 MW less 15 MW is known to 1e-9 W at
 * best, however small it is. Every bound here is therefore relative to the largest operand, by which the sum of the
 * absolute values of all operands is meant, and none is an absolute number of watts.
 */

/**
 * Of one sum: n * u for n of 9,000 operands, members and machines of a microgrid together. 15 W of 15 TW, or 15 uW
 * of 15 MW, are no deficit; a thousandth of either is.
 */
export const ROUNDING = 1e-12;

/**
 * Of two sums that ought to agree: those of the same operands, each split and added up in its own way, by programs that
 * may write their numbers with ten digits.
 */
export const AGREEMENT = 1e-9;

/** Whether what is left of one sum is its rounding, given its largest operand. */
export function isRounding(rest: number, largest: number): boolean {
	return Math.abs(rest) <= ROUNDING * Math.abs(largest);
}

/** Whether two sums agree, given the largest operand of both; NaN agrees with nothing. */
export function agrees(one: number, other: number, largest: number): boolean {
	return one === other || Math.abs(one - other) <= AGREEMENT * Math.abs(largest);
}
