/** What a till waits for. An empty terminal or order says that any will do. */
export interface Due {
  merchant: Uint8Array;
  terminal?: string;
  orderRef?: string;
  amountMinor: number;
  currency: string;
}

export interface Receipt {
  /** Eight bytes: a till takes each once. */
  id: Uint8Array;
  merchant: Uint8Array;
  terminal: string;
  orderRef: string;
  amountMinor: number;
  currency: string;
  /** Unix seconds. */
  issuedAt: number;
  keyID: number;
}

/** A public key of an issuer: a JWK whose kid is the key id. */
export interface IssuerKey {
  kid: string;
  kty: string;
  crv: string;
  x: string;
  y?: string;
}

/** Rejects with CodeError receipt_malformed, _unknown_issuer, _addressee, _amount, _stale or _signature. */
export function verifyReceipt(text: string, keys: readonly IssuerKey[], due: Due, nowSeconds: number): Promise<Receipt>;
/** Reads and verifies nothing. Throws CodeError receipt_malformed. */
export function readReceipt(text: string): Receipt;
