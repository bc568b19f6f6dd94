package vectors

import "encoding/hex"

// Hex is a byte string, in JSON lower-case hex.
type Hex []byte

// MarshalText writes lower-case hex.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText reads hex.
func (h *Hex) UnmarshalText(text []byte) (err error) {
	*h, err = hex.AppendDecode(nil, text)
	return err
}

// SeedInput names one device and generation under a master key.
type SeedInput struct {
	MasterKey  Hex    `json:"master_key"`
	Device     Hex    `json:"device"`
	Generation uint32 `json:"generation"`
}

// SeedOutput is the HMAC input and the seed.
type SeedOutput struct {
	Info Hex `json:"info"`
	Seed Hex `json:"seed"`
}

// Challenge is what a reader sends to the device.
type Challenge struct {
	Nonce    Hex    `json:"nonce"`
	Amount   uint64 `json:"amount,string"`
	Currency string `json:"currency"`
	Merchant Hex    `json:"merchant"`
}

// Slot is a window and a nonce.
type Slot struct {
	Counter uint32 `json:"counter"`
	Nonce   uint8  `json:"nonce"`
}

// TokenInput is all that a token depends on, and the width of the OTP.
type TokenInput struct {
	Seed      Hex        `json:"seed"`
	Alias     uint64     `json:"alias"`
	Slot      Slot       `json:"slot"`
	Challenge *Challenge `json:"challenge,omitempty"`
	OTPDigits int        `json:"otp_digits"`
}

// TokenOutput is every value on the way from seed to token.
type TokenOutput struct {
	Session Hex    `json:"session"`
	Message Hex    `json:"message"`
	MAC     Hex    `json:"mac"`
	Token   Hex    `json:"token"`
	OTP     string `json:"otp"` // zero-padded
}

// MakeInput asks for the code of a slot in one form: digits, text or emv.
type MakeInput struct {
	Profile   string     `json:"profile"`
	Form      string     `json:"form"`
	Seed      Hex        `json:"seed"`
	Alias     uint64     `json:"alias"`
	Slot      Slot       `json:"slot"`
	Challenge *Challenge `json:"challenge,omitempty"`
}

// MakeOutput is the code.
type MakeOutput struct {
	Code string `json:"code"`
}

// ParseInput is what a scanner read.
type ParseInput struct {
	Profile string `json:"profile"`
	Code    string `json:"code"`
}

// ParseOutput is what the code says. The fields that its form does not have are
// absent.
type ParseOutput struct {
	Form    string  `json:"form"`
	Type    byte    `json:"type,omitempty"`
	Alias   *uint64 `json:"alias,omitempty"`
	Nonce   *uint8  `json:"nonce,omitempty"`
	OTP     string  `json:"otp,omitempty"` // zero-padded
	Counter *uint32 `json:"counter,omitempty"`
	Token   Hex     `json:"token,omitempty"`
	Online  string  `json:"online,omitempty"`
}

// MatchInput is a code and what the server knows when it arrives.
type MatchInput struct {
	Profile   string     `json:"profile"`
	Seeds     []Hex      `json:"seeds"`
	Code      string     `json:"code"`
	Now       uint32     `json:"now"`
	Challenge *Challenge `json:"challenge,omitempty"`
}

// MatchOutput is the slot to burn and the index of the seed that made the code.
type MatchOutput struct {
	Slot      Slot `json:"slot"`
	SeedIndex int  `json:"seed_index"`
}

// BurnMap is the state of a burn map; Bits is a uint64, big-endian.
type BurnMap struct {
	Base uint32 `json:"base"`
	Bits Hex    `json:"bits"`
}

// BurnInput is a burn map and slots to burn one after the other.
type BurnInput struct {
	Start BurnMap `json:"start"`
	Slots []Slot  `json:"slots"`
}

// BurnOutput says for each slot whether it was burned now (false: it was spent
// before), and the map after it.
type BurnOutput struct {
	Burned []bool    `json:"burned"`
	After  []BurnMap `json:"after"`
}

// BucketInput is a code and the number of buckets.
type BucketInput struct {
	Profile string `json:"profile"`
	Code    string `json:"code"`
	Buckets int    `json:"buckets"`
}

// BucketOutput is the bucket of the code's payer.
type BucketOutput struct {
	Bucket int `json:"bucket"`
}

// WindowInput is a time.
type WindowInput struct {
	Profile     string `json:"profile"`
	UnixSeconds int64  `json:"unix_seconds"`
}

// WindowOutput is the number of the window that holds the time.
type WindowOutput struct {
	Counter uint32 `json:"counter"`
}

// SealInput is a sealed seed as the server sends it, and the private scalar of
// the device's P-256 sealing key.
type SealInput struct {
	PrivateKey Hex    `json:"private_key"`
	Device     Hex    `json:"device"`
	Generation uint32 `json:"generation"`
	Enc        Hex    `json:"enc"`
	Ciphertext Hex    `json:"ciphertext"`
}

// SealOutput is the opened seed.
type SealOutput struct {
	Seed Hex `json:"seed"`
}

// CardInput is what a reader says to a device that was just brought into its
// field, and what its wallet answers to each challenge.
type CardInput struct {
	Answer   Hex   `json:"answer"`
	Commands []Hex `json:"commands"`
}

// CardOutput is the response to each command.
type CardOutput struct {
	Responses []Hex `json:"responses"`
}

// Example is the worked example of docs/codes.md.
type Example struct {
	About            string    `json:"about"`
	MasterKey        Hex       `json:"master_key"`
	Device           Hex       `json:"device"`
	Generation       uint32    `json:"generation"`
	Info             Hex       `json:"info"`
	Seed             Hex       `json:"seed"`
	UnixSeconds      int64     `json:"unix_seconds"`
	Alias            uint64    `json:"alias"`
	Slot             Slot      `json:"slot"`
	Session          Hex       `json:"session"`
	Message          Hex       `json:"message"`
	MAC              Hex       `json:"mac"`
	Token            Hex       `json:"token"`
	OTP              string    `json:"otp"`
	Digits           string    `json:"digits"`
	Payload          Hex       `json:"payload"`
	Text             string    `json:"text"`
	TLV              Hex       `json:"tlv"`
	EMV              string    `json:"emv"`
	Challenge        Challenge `json:"challenge"`
	ChallengeBytes   Hex       `json:"challenge_bytes"`
	ChallengeHash    Hex       `json:"challenge_hash"`
	ChallengeMessage Hex       `json:"challenge_message"`
	ChallengeMAC     Hex       `json:"challenge_mac"`
	ChallengePayload Hex       `json:"challenge_payload"`
	ChallengeText    string    `json:"challenge_text"`
}

// AuthenticatorInput is what a payer without a wallet says, and when; and whose
// authenticator it is to be matched against.
type AuthenticatorInput struct {
	MasterKey  Hex    `json:"master_key"`
	Device     Hex    `json:"device"`
	Generation uint32 `json:"generation"`
	Unix       int64  `json:"unix"`
	Code       string `json:"code"`
}

// AuthenticatorOutput is the secret of the app, the member number and the time step.
type AuthenticatorOutput struct {
	Secret Hex    `json:"secret"`
	Member string `json:"member"`
	Step   uint64 `json:"step"`
}
