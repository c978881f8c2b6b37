import { locale } from "./i18n.js";

const money = new Intl.NumberFormat(locale, { style: "currency", currency: "USD", maximumFractionDigits: 4 });

/**
 * What a call cost, such as `$0.0012`; "" where the price is not known.
 * @param {number | null} cost in millionths of a US dollar
 */
export function costText(cost) {
  if (cost === null) return "";
  return cost > 0 && cost < 100 ? `< ${money.format(0.0001)}` : money.format(cost / 1_000_000);
}

const rough = new Intl.NumberFormat(locale, { style: "currency", currency: "USD", maximumFractionDigits: 2, maximumSignificantDigits: 2, roundingPriority: "morePrecision" });

/**
 * About what something costs, such as `$5.30`.
 * @param {number} cost in millionths of a US dollar
 */
export const roughCost = (cost) => rough.format(cost / 1_000_000);
