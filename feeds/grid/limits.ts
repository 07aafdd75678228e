/** No grid's intensity is higher, average or marginal: the least efficient plants on lignite or oil emit half of it. */
export const MOST_G_PER_KWH = 3000;
/** No energy has cost more: the caps of power exchanges lie between 4 and 15 USD/kWh. */
export const MOST_USD_PER_KWH = 20;
