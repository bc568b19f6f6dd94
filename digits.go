package paycode

// NewDigits makes the digit code of a slot, for a barcode or for reading out:
//
//	prefix[2] alias[AliasDigits] nonce[1] otp[OTPDigits]
//
// It panics if alias or nonce do not fit the profile.
func (p Profile) NewDigits(seed *Seed, alias Alias, slot Slot) string {
	m := newMAC(seed, alias, slot, nil)
	return p.Format(&Code{
		Form: FormDigits, Type: TypeOffline,
		Alias: alias, Nonce: slot.Nonce, OTP: m.otp(p.OTPDigits),
	})
}

func (p Profile) formatDigits(c *Code) string {
	var buf [maxDigits]byte
	b := buf[:p.Digits()]
	alias := b[copy(b, p.Prefix):]
	nonce := alias[p.AliasDigits:]
	otp := nonce[1:]
	putDecimal(alias[:p.AliasDigits], uint64(c.Alias))
	nonce[0] = '0' + byte(c.Nonce)
	putDecimal(otp, c.OTP)
	return string(b)
}

func (p Profile) parseDigits(s string) (Code, error) {
	if !allDigits(s) {
		return Code{}, ErrMalformed
	}
	switch s[:2] {
	case p.Prefix:
		alias, rest := s[2:2+p.AliasDigits], s[2+p.AliasDigits:]
		return Code{
			Form:  FormDigits,
			Type:  TypeOffline,
			Alias: Alias(decimal(alias)),
			Nonce: Nonce(rest[0] - '0'),
			OTP:   decimal(rest[1:]),
		}, nil
	case p.OnlinePrefix:
		return Code{Form: FormOnline, Online: s}, nil
	}
	return Code{}, ErrMalformed
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// decimal is the value of at most 19 digits.
func decimal(digits string) (n uint64) {
	for i := range len(digits) {
		n = n*10 + uint64(digits[i]-'0')
	}
	return n
}
