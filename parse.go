package paycode

import "strings"

// blank is what scanners and people leave around a code.
const blank = " \t\r\n"

// Parse reads a code of any form. It takes surrounding blanks, and for text the
// reading rules of Crockford Base32; anything else that is not the one way to
// write the code is [ErrMalformed]. It does not say that the code is good: that
// takes [Profile.Match], or for an online code the issuer's list.
func (p Profile) Parse(s string) (Code, error) {
	s = strings.Trim(s, blank)
	if len(s) == authenticatorLen && s[memberDigits] == '-' {
		return parseAuthenticator(s)
	}
	switch len(s) {
	case textLen:
		return p.parseText(s)
	case emvLen:
		return p.parseEMV(s)
	case p.Digits():
		return p.parseDigits(s)
	}
	return Code{}, ErrMalformed
}

// Format writes a code in the one way that Parse reads back to the same value. It
// panics if the code could not have come from Parse with this profile.
func (p Profile) Format(c *Code) string {
	switch c.Form {
	case FormOnline:
		return c.Online
	case FormAuthenticator:
		return formatAuthenticator(c)
	}
	p.mustHold(c)
	switch c.Form {
	case FormDigits:
		return p.formatDigits(c)
	case FormText:
		return formatText(c)
	case FormEMV:
		return formatEMV(c)
	}
	panic("paycode: code without a form")
}

func (p Profile) mustHold(c *Code) {
	if !p.holds(c) {
		panic("paycode: the code does not fit the profile")
	}
}

// holds reports whether the profile has room for what the code says.
func (p Profile) holds(c *Code) bool {
	return (c.Type == TypeOffline || c.Type == TypeChallenge && c.Form != FormDigits) &&
		p.Fits(c.Alias) && c.Nonce <= MaxNonce && c.OTP < pow10(p.OTPDigits)
}
