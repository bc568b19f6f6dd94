package vectors

// Outcomes of the vectors of passes, receipts and deny deltas, in the order in
// which a verifier looks for them.
const (
	PassMalformed         = "pass_malformed"
	PassUnknownIssuer     = "pass_unknown_issuer"
	PassNotYet            = "pass_not_yet"
	PassExpired           = "pass_expired"
	PresentationStale     = "presentation_stale"
	ChallengeMismatch     = "challenge_mismatch"
	PassSignature         = "pass_signature"
	PresentationSignature = "presentation_signature"

	ReceiptMalformed     = "receipt_malformed"
	ReceiptUnknownIssuer = "receipt_unknown_issuer"
	ReceiptAddressee     = "receipt_addressee"
	ReceiptAmount        = "receipt_amount"
	ReceiptStale         = "receipt_stale"
	ReceiptSignature     = "receipt_signature"

	DeltaMalformed     = "delta_malformed"
	DeltaUnknownIssuer = "delta_unknown_issuer"
	DeltaSignature     = "delta_signature"
)

// Pass is what an issuer says of a device. Times are Unix seconds.
type Pass struct {
	ID        Hex    `json:"id"`
	Alias     uint64 `json:"alias"`
	NotBefore uint32 `json:"nbf"`
	Expires   uint32 `json:"exp"`
	DeviceKey Hex    `json:"device_key"` // an uncompressed point
	Fund      string `json:"fund"`
	Cap       uint32 `json:"cap"`
	Currency  string `json:"currency"`
	Product   string `json:"product"`
}

// IssuerInput is a master key and its id.
type IssuerInput struct {
	MasterKey Hex    `json:"master_key"`
	KeyID     uint32 `json:"key_id"`
}

// IssuerOutput is the issuer key that follows from it.
type IssuerOutput struct {
	Info    Hex `json:"info"`
	Private Hex `json:"private"` // the scalar
	Public  Hex `json:"public"`  // an uncompressed point
}

// PresentInput asks for a pass and its presentation. Signatures are
// deterministic (RFC 6979), so that they can be compared.
type PresentInput struct {
	Algorithm string `json:"algorithm"` // of the issuer: ES256 or EdDSA
	KeyID     uint32 `json:"key_id"`
	Issuer    Hex    `json:"issuer"` // a scalar, or a seed of Ed25519
	Device    Hex    `json:"device"` // a scalar
	Pass      Pass   `json:"pass"`
	IssuedAt  uint32 `json:"iat"`
	Nonce     Hex    `json:"nonce"`
	Challenge Hex    `json:"challenge,omitempty"`
}

// PresentOutput is the pass, the presentation, its id and its text.
type PresentOutput struct {
	Pass         Hex    `json:"pass"`
	Presentation Hex    `json:"presentation"`
	ID           Hex    `json:"id"`
	Text         string `json:"text"`
}

// PassTextInput is what a scanner read.
type PassTextInput struct {
	Text string `json:"text"`
}

// PassTextOutput is the presentation that it holds.
type PassTextOutput struct {
	Presentation Hex `json:"presentation"`
}

// PublicKey is an issuer key that a verifier knows: 65 bytes on P-256, 32 of Ed25519.
type PublicKey struct {
	ID  uint32 `json:"id"`
	Key Hex    `json:"key"`
}

// VerifyInput is a presentation and what a gate knows when it is shown.
type VerifyInput struct {
	Keys         []PublicKey `json:"keys"`
	Now          uint32      `json:"now"`
	Challenge    Hex         `json:"challenge,omitempty"`
	Presentation Hex         `json:"presentation"`
}

// VerifyOutput is what the presentation says.
type VerifyOutput struct {
	ID        Hex    `json:"id"`
	KeyID     uint32 `json:"key_id"`
	Pass      Pass   `json:"pass"`
	IssuedAt  uint32 `json:"iat"`
	Nonce     Hex    `json:"nonce"`
	Challenge Hex    `json:"challenge,omitempty"`
}

// ReceiptInput is a receipt and what a till waits for.
type ReceiptInput struct {
	Keys     []PublicKey `json:"keys"`
	Now      uint32      `json:"now"`
	Merchant Hex         `json:"merchant"`
	Terminal string      `json:"terminal"`
	OrderRef string      `json:"order_ref"`
	Amount   int64       `json:"amount"`
	Currency string      `json:"currency"`
	Text     string      `json:"text"`
}

// ReceiptOutput is what the receipt says.
type ReceiptOutput struct {
	ID       Hex    `json:"id"`
	Terminal string `json:"terminal"`
	OrderRef string `json:"order_ref"`
	IssuedAt uint32 `json:"iat"`
}

// DeltaInput is a signed deny delta.
type DeltaInput struct {
	Keys  []PublicKey `json:"keys"`
	Delta Hex         `json:"delta"`
}

// DeltaOutput is what it says. Numbers are strings.
type DeltaOutput struct {
	Since  uint64 `json:"since,string"`
	Until  uint64 `json:"until,string"`
	Add    []Hex  `json:"add"`
	Remove []Hex  `json:"remove"`
}

// IssuerKeys returns the vectors of the derivation of issuer keys.
func IssuerKeys() []Vector[IssuerInput, IssuerOutput] {
	return load[File[IssuerInput, IssuerOutput]]("issuer.json").Vectors
}

// Presents returns the vectors of issuing and presenting a pass.
func Presents() []Vector[PresentInput, PresentOutput] {
	return load[File[PresentInput, PresentOutput]]("present.json").Vectors
}

// PassTexts returns the vectors of reading the text of a presentation.
func PassTexts() []Vector[PassTextInput, PassTextOutput] {
	return load[File[PassTextInput, PassTextOutput]]("passtext.json").Vectors
}

// Verifies returns the vectors of verifying a presentation.
func Verifies() []Vector[VerifyInput, VerifyOutput] {
	return load[File[VerifyInput, VerifyOutput]]("verify.json").Vectors
}

// Receipts returns the vectors of verifying a receipt.
func Receipts() []Vector[ReceiptInput, ReceiptOutput] {
	return load[File[ReceiptInput, ReceiptOutput]]("receipt.json").Vectors
}

// Deltas returns the vectors of verifying a deny delta.
func Deltas() []Vector[DeltaInput, DeltaOutput] {
	return load[File[DeltaInput, DeltaOutput]]("delta.json").Vectors
}
