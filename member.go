package paycode

import (
	"fmt"
	"io"
)

// Member is a member number: ten digits, of which the last is a check digit, by
// which a till finds out that one was heard or typed wrong.
type Member uint64

const (
	memberDigits = 10
	// memberSpace keeps member numbers apart from aliases, which end below 10^12,
	// or 2^40 in the text form: an alias that names an authenticator is
	// memberSpace + member number. No digits or text can name it.
	memberSpace = 10_000_000_000_000
	// authenticatorLen is the length of "MMMMMMMMMM-DDDDDD".
	authenticatorLen = memberDigits + 1 + AuthenticatorDigits
)

// NewMember draws the alias of a member number, uniformly among those whose
// remainder modulo buckets is bucket. None begins with 0, which people leave out. Errors are those of NewAlias.
func NewMember(random io.Reader, bucket, buckets int) (Alias, error) {
	if bucket < 0 || bucket >= buckets {
		return 0, fmt.Errorf("%w: %d of %d", ErrBucket, bucket, buckets)
	}
	within := (bucket - int(memberSpace%uint64(buckets)) + buckets) % buckets
	for range 1000 { // one number of eleven has the right check digit and does not begin with 0
		n, err := draw(random, memberDigits, within, buckets)
		if err != nil {
			return 0, err
		}
		if m := n.Uint64(); m >= 1_000_000_000 && luhn(m) {
			return Alias(memberSpace + m), nil
		}
	}
	return 0, fmt.Errorf("%w: no member number is of bucket %d of %d", ErrBucket, bucket, buckets)
}

// Member is the member number that an alias stands for; false for the alias of
// any other device.
func (a Alias) Member() (Member, bool) {
	if a < memberSpace || a >= memberSpace+10_000_000_000 {
		return 0, false
	}
	return Member(a - memberSpace), true
}

// String is the ten digits.
func (m Member) String() string { return fmt.Sprintf("%0*d", memberDigits, uint64(m)) }

// luhn reports whether the last digit of n is its check digit (ISO/IEC 7812-1,
// annex B): every single wrong digit is found, and two that are swapped, but for 0 and 9.
func luhn(n uint64) bool {
	sum := uint64(0)
	for double := false; n > 0; n, double = n/10, !double {
		d := n % 10
		if double {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return sum%10 == 0
}
