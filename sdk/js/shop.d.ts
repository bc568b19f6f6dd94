/** What a payer has to see before he pays. */
export interface Shop {
  /** TypeID. */
  merchant: string;
  name: string;
  city: string;
  /** ISO 4217, letters. */
  currency: string;
  /** Decimal; empty when the payer says how much. */
  amount: string;
  /** The shop's order number; there with an amount. */
  reference: string;
  terminal: string;
}

/** Reads a shop's code (EMV QR, merchant-presented). Throws CodeError shop_malformed. */
export function readShop(text: string): Shop;
/**
 * Writes a shop's code, without amount and reference one for any amount. city and country may be left out.
 * Throws CodeError shop_malformed.
 */
export function writeShop(shop: {
  merchant: string; name: string; city?: string; country?: string; currency: string; amount?: string; reference?: string; terminal?: string;
}): string;
