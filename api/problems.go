package api

import (
	"net/http"

	"github.com/paycode/paycode/access"
	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/money"
	"github.com/paycode/paycode/payment"
	"github.com/paycode/paycode/settlement"
	"github.com/paycode/paycode/webhook"
)

// Code is the stable name of a kind of problem. It is part of the contract.
type Code string

// The codes of problems.
const (
	MalformedJSON        Code = "malformed_json"
	Unauthorized         Code = "unauthorized"
	TokenInvalid         Code = "token_invalid"
	ProofMalformed       Code = "proof_malformed"
	ProofKey             Code = "proof_key"
	ProofMismatch        Code = "proof_mismatch"
	ProofStale           Code = "proof_stale"
	ProofReplayed        Code = "proof_replayed"
	Forbidden            Code = "forbidden"
	TicketInvalid        Code = "ticket_invalid"
	TicketExpired        Code = "ticket_expired"
	TicketUsed           Code = "ticket_used"
	DeviceFrozen         Code = "device_frozen"
	DeviceRevoked        Code = "device_revoked"
	DeviceExpired        Code = "device_expired"
	UnknownPath          Code = "unknown_path"
	NotFound             Code = "not_found"
	MethodNotAllowed     Code = "method_not_allowed"
	RequestTimeout       Code = "request_timeout"
	PayerConflict        Code = "payer_conflict"
	TopUpConflict        Code = "topup_conflict"
	OrderConflict        Code = "order_conflict"
	OrderTaken           Code = "order_taken"
	ReferenceConflict    Code = "reference_conflict"
	RefundConflict       Code = "refund_conflict"
	RefundExceedsPayment Code = "refund_exceeds_payment"
	PayoutConflict       Code = "payout_conflict"
	PayoutExceedsBalance Code = "payout_exceeds_balance"
	NotRefundable        Code = "not_refundable"
	NotCancelable        Code = "not_cancelable"
	NotPending           Code = "not_pending"
	BalanceTooLarge      Code = "balance_too_large"
	BodyTooLarge         Code = "body_too_large"
	UnsupportedMediaType Code = "unsupported_media_type"
	InvalidRequest       Code = "invalid_request"
	KindUnsupported      Code = "kind_unsupported"
	TapsForgotten        Code = "taps_forgotten"
	TooManyWebhooks      Code = "too_many_webhooks"
	TooManySecrets       Code = "too_many_secrets"
	WebhookDisabled      Code = "webhook_disabled"
	Internal             Code = "internal"
	Overloaded           Code = "overloaded"
	Unavailable          Code = "unavailable"
)

// Kind is what there is to know about a code.
type Kind struct {
	Code   Code
	Status int    // of HTTP
	Title  string // what happened
	Detail string // what to do next

	challenge string // WWW-Authenticate, RFC 9110 section 11.6.1
}

const (
	askForKey   = `Bearer realm="paycode"`
	askForToken = `DPoP realm="paycode", algs="ES256", error="invalid_token"`
	askForProof = `DPoP realm="paycode", algs="ES256", error="invalid_dpop_proof"`
)

// kinds lists every problem that the server answers with.
var kinds = []Kind{
	{MalformedJSON, 400, "The body is not JSON", "Send one JSON object in UTF-8, with each name once.", ""},
	{Unauthorized, 401, "The key is not accepted", "Send a valid key: Authorization: Bearer KEY. Keys are made by the operator.", askForKey},
	{TokenInvalid, 401, "The access token is not accepted", "Send the device's token: Authorization: DPoP TOKEN. If it is lost, enrol again.", askForToken},
	{ProofMalformed, 401, "The DPoP proof is missing or cannot be read", "Send a new proof by RFC 9449, signed with ES256, with every request.", askForProof},
	{ProofKey, 401, "The DPoP proof is not by the device's key", "Sign with the key that was enrolled.", askForProof},
	{ProofMismatch, 401, "The DPoP proof is for another request", "Make htm, htu and ath for this method, this URL and this token.", askForProof},
	{ProofStale, 401, "The DPoP proof is too old or of the future", "Set the clock by this answer's Date header and send a new proof.", askForProof},
	{ProofReplayed, 401, "The DPoP proof was used before", "Send a new proof with a new jti with every request.", askForProof},
	{Forbidden, 403, "This caller may not do that", "The documentation names the kind of caller that each call is for.", ""},
	{TicketInvalid, 403, "There is no such ticket", "Ask the operator for a new ticket.", ""},
	{TicketExpired, 403, "The ticket has expired", "Ask the operator for a new ticket.", ""},
	{TicketUsed, 403, "The ticket was used", "Ask the operator for a new ticket: each enrols one device.", ""},
	{DeviceFrozen, 403, "The device is frozen", "It can pay again when the operator unfreezes it.", ""},
	{DeviceRevoked, 403, "The device was removed", "Enrol again with a new ticket.", ""},
	{DeviceExpired, 403, "The device was offline for too long", "Sync, then try again.", ""},
	{UnknownPath, 404, "There is nothing at this path", "Look at /docs for what there is.", ""},
	{NotFound, 404, "Not found", "Check the identifier: it names nothing, or nothing of yours.", ""},
	{MethodNotAllowed, 405, "This path has no such method", "Use a method that the Allow header names.", ""},
	{RequestTimeout, 408, "The body did not arrive in time", "Send the request again.", ""},
	{PayerConflict, 409, "The external id was used with another currency", "A payer has one currency: use another external id.", ""},
	{TopUpConflict, 409, "The reference was used with another amount", "Nothing was added. Use a new reference.", ""},
	{OrderConflict, 409, "The order number was used with another amount", "Nothing was charged. Ask what became of the order, or use a new number.", ""},
	{OrderTaken, 409, "The order is paid or closed already", "Nothing was charged. Ask the merchant for a new code.", ""},
	{ReferenceConflict, 409, "The reference was used for another payment", "Nothing was charged. Use a new reference for each payment.", ""},
	{RefundConflict, 409, "The refund number was used with another amount", "Nothing more was refunded. Use a new number.", ""},
	{RefundExceedsPayment, 409, "More would be refunded than was paid", "Refund at most amount less refunded.", ""},
	{PayoutConflict, 409, "The payout number was used with other data", "Nothing more was paid out. Look at that payout, or use a new number.", ""},
	{PayoutExceedsBalance, 409, "More would be paid out than the merchant has", "Nothing was paid out. Ask for his balance: pay out at most what is settled.", ""},
	{NotRefundable, 409, "Only a successful payment can be refunded", "Cancel it instead, or look at its status.", ""},
	{NotCancelable, 409, "The payment was refunded already", "Refund the rest instead.", ""},
	{NotPending, 409, "Nothing waits for this confirmation", "Look at the payment's status: it was decided or timed out.", ""},
	{BalanceTooLarge, 409, "The balance would become too large", "Nothing was added.", ""},
	{TapsForgotten, 409, "Taps that were answered are not here any more", "Nothing was taken. Ask for next_seq again (GET /v1/gate/config), and send all taps from there on.", ""},
	{TooManyWebhooks, 409, "The merchant has as many webhooks as are allowed", "Remove one first.", ""},
	{TooManySecrets, 409, "The secret was replaced too often today", "Use the latest one, or try again when the oldest no longer signs, 24 hours after it was replaced.", ""},
	{WebhookDisabled, 409, "The webhook is disabled", "Enable it first: PATCH it with enabled: true.", ""},
	{BodyTooLarge, 413, "The body is too large", "Send at most 65536 bytes, or 1048576 of taps.", ""},
	{UnsupportedMediaType, 415, "The body is not application/json", "Send Content-Type: application/json.", ""},
	{InvalidRequest, 422, "The request is not as documented", "See errors for what is wrong with which field.", ""},
	{KindUnsupported, 422, "Not for this kind of device", "An authenticator never has network: enrol another one, and revoke this one.", ""},
	{Internal, 500, "The server failed", "Ask what became of it before trying again, and name request_id when asking for help.", ""},
	{Overloaded, 503, "The server is busy or stopping", "Nothing was done. Try again after the seconds that Retry-After says.", ""},
	{Unavailable, 503, "The server cannot write its books at present", "Send the same request again after the seconds that Retry-After says: what was done already is not done twice.", ""},
}

// refusals is the one table from what a service refuses with to what the caller is told.
var refusals = []struct {
	err  error
	code Code
}{
	{access.ErrKeyMalformed, Unauthorized},
	{access.ErrKeyUnknown, Unauthorized},
	{access.ErrKeyRevoked, Unauthorized},
	{access.ErrNotFound, NotFound},
	{issuing.ErrNotFound, NotFound},
	{issuing.ErrPayerConflict, PayerConflict},
	{issuing.ErrTicketInvalid, TicketInvalid},
	{issuing.ErrTicketExpired, TicketExpired},
	{issuing.ErrTicketUsed, TicketUsed},
	{issuing.ErrKindUnsupported, KindUnsupported},
	{issuing.ErrDeviceFrozen, DeviceFrozen},
	{issuing.ErrDeviceRevoked, DeviceRevoked},
	{issuing.ErrDeviceExpired, DeviceExpired},
	{issuing.ErrTokenInvalid, TokenInvalid},
	{issuing.ErrProofMalformed, ProofMalformed},
	{issuing.ErrProofKey, ProofKey},
	{issuing.ErrProofMismatch, ProofMismatch},
	{issuing.ErrProofStale, ProofStale},
	{issuing.ErrProofReplayed, ProofReplayed},
	{payment.ErrNotFound, NotFound},
	{payment.ErrOrderConflict, OrderConflict},
	{payment.ErrOrderTaken, OrderTaken},
	{payment.ErrScanConflict, ReferenceConflict},
	{payment.ErrRefundConflict, RefundConflict},
	{payment.ErrRefundExceeds, RefundExceedsPayment},
	{settlement.ErrNotFound, NotFound},
	{settlement.ErrConflict, PayoutConflict},
	{settlement.ErrExceeds, PayoutExceedsBalance},
	{payment.ErrNotRefundable, NotRefundable},
	{payment.ErrNotCancelable, NotCancelable},
	{payment.ErrNotPending, NotPending},
	{payment.ErrDeviceInactive, DeviceFrozen},
	{payment.ErrCreditConflict, TopUpConflict},
	{payment.ErrOverloaded, Overloaded},
	{payment.ErrUnavailable, Unavailable},
	{payment.ErrUnknownOutcome, Unavailable},
	{money.ErrOverflow, BalanceTooLarge},
	{clearing.ErrForgotten, TapsForgotten},
	{webhook.ErrNotFound, NotFound},
	{webhook.ErrTooMany, TooManyWebhooks},
	{webhook.ErrTooManySecrets, TooManySecrets},
	{webhook.ErrDisabled, WebhookDisabled},
}

// kindOf looks a code up.
func kindOf(code Code) Kind {
	for _, k := range kinds {
		if k.Code == code {
			return k
		}
	}
	return Kind{Code: code, Status: http.StatusInternalServerError, Title: string(code)}
}

// Declines says in words what each decline code means, for the documentation.
var declines = []struct {
	Code    payment.DeclineCode
	Meaning string
}{
	{payment.CodeMalformed, "not a payment code"},
	{payment.CodeInvalid, "a wrong code, or of no device: the two are told apart by nothing"},
	{payment.CodeExpired, "a right code of a window that is past (text and EMV only)"},
	{payment.CodeUsed, "spent before; ask for another one"},
	{payment.DeviceFrozen, "the device was reported lost, or removed"},
	{payment.DeviceExpired, "the device was offline for longer than its seed lives"},
	{payment.TooManyAttempts, "too many wrong codes; the QR still works, or wait ten minutes; an authenticator may have to be unfrozen"},
	{payment.InsufficientFunds, "the payer has too little money"},
	{payment.LimitPerPayment, "above the payer's limit for one offline payment"},
	{payment.LimitPerDay, "above the payer's offline limit for a day"},
	{payment.LimitCount, "as many offline payments as are allowed in a day were made"},
	{payment.ConfirmationRejected, "the payer said no"},
	{payment.ConfirmationTimeout, "the payer did not answer within 60 seconds"},
	{payment.NeedsNetwork, "the amount needs the payer's word, and the payer cannot be reached, as one with an authenticator never is"},
	{payment.MerchantSuspended, "the merchant may not sell at present"},
	{payment.CurrencyMismatch, "not the currency of both payer and merchant"},
	{payment.OrderSuperseded, "the attempt was never decided, and the order went on to another code"},
}
