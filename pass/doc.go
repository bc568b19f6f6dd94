// Package pass is for the places where neither side has network: a bus, a metro
// gate, a stadium. A gate must hold no secret, so what is shown to it is signed.
//
//   - A pass says that a device may ride, until when and at whose expense: a CWT
//     (RFC 8392) in COSE_Sign1 (RFC 9052), signed by the issuer, bound to the
//     device's P-256 key (RFC 8747). It is handed out at sync.
//   - A presentation is that pass with a time and a nonce, signed by the device.
//     A new one is made every minute, or for each challenge of a reader.
//   - A receipt is the mirror image: the issuer's word that this till was paid,
//     shown by the payer to a till that has no network.
//   - A deny delta is a signed piece of the list of passes that are no longer good.
//
// All of it is CBOR in its deterministic encoding (RFC 8949, section 4.2.1) and
// nothing else: what is read must be, to the byte, what this package would have
// written. docs/codes.md says it byte by byte.
//
// # Signatures have more than one spelling
//
// Who sees an ECDSA signature (r, s) can make a second one, (r, n−s), without
// the key. Both are accepted here, because hardware and browsers make either.
// So nothing is ever told apart by bytes that hold a signature: a presentation
// is known by [Presentation.ID], a hash of what is signed, and a pass and a
// receipt by their ids.
package pass
